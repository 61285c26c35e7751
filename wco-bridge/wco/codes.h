// Every ValidationCode that the bridge answers with. The first digit is the class and tells the
// sender what to do: 1 fix the message and send it again, 2 read the state first, 3 a person must
// look, 4 ask again later with the same reference. docs/wco.md lists the same table; a test keeps
// the two equal.
#pragma once

#include <array>
#include <string_view>

namespace kp::wco {

// 11xx: XML and structure; the place is given by line, and by pointer where there is one.
inline constexpr std::string_view kNotWellFormed = "KP1101";
inline constexpr std::string_view kBadEncoding = "KP1102";
inline constexpr std::string_view kDoctype = "KP1103";
inline constexpr std::string_view kTooLarge = "KP1104";
inline constexpr std::string_view kLimit = "KP1105";
inline constexpr std::string_view kNotADeclaration = "KP1106";
inline constexpr std::string_view kUnknownElement = "KP1111";
inline constexpr std::string_view kWrongOrder = "KP1112";
inline constexpr std::string_view kMissingElement = "KP1113";
inline constexpr std::string_view kTooOften = "KP1114";
inline constexpr std::string_view kWrongNamespace = "KP1115";
inline constexpr std::string_view kUnknownAttribute = "KP1116";
inline constexpr std::string_view kStrayText = "KP1117";
inline constexpr std::string_view kEmptyValue = "KP1121";
inline constexpr std::string_view kTooLong = "KP1122";
inline constexpr std::string_view kBadNumber = "KP1123";
inline constexpr std::string_view kBadCode = "KP1124";
inline constexpr std::string_view kBadDate = "KP1125";
inline constexpr std::string_view kSchema = "KP1190";
inline constexpr std::string_view kMoreFaults = "KP1199";
// 12xx: the partner profile.
inline constexpr std::string_view kUnknownProfile = "KP1201";
inline constexpr std::string_view kBadFunction = "KP1202";
inline constexpr std::string_view kBadType = "KP1203";
inline constexpr std::string_view kRequired = "KP1204";
inline constexpr std::string_view kNotCarats = "KP1211";
inline constexpr std::string_view kNotDollars = "KP1212";
inline constexpr std::string_view kNotPositive = "KP1213";
inline constexpr std::string_view kTooPrecise = "KP1214";
inline constexpr std::string_view kNotKilograms = "KP1215";
inline constexpr std::string_view kBadCountry = "KP1216";
inline constexpr std::string_view kDuplicateItem = "KP1221";
inline constexpr std::string_view kItemCount = "KP1222";
inline constexpr std::string_view kDuplicateReference = "KP1223";
inline constexpr std::string_view kNoCertificate = "KP1224";
inline constexpr std::string_view kSeveralUcrs = "KP1225";
// 19xx: notes; the message is accepted.
inline constexpr std::string_view kTrimmed = "KP1901";
inline constexpr std::string_view kNormalized = "KP1902";
// 2xxx: state.
inline constexpr std::string_view kAlreadyUsed = "KP2001";
inline constexpr std::string_view kReferenceReused = "KP2002";
inline constexpr std::string_view kOlderVersion = "KP2003";
inline constexpr std::string_view kFinalState = "KP2004";
inline constexpr std::string_view kUnknownDeclaration = "KP2005";
// 30xx: the certificate.
inline constexpr std::string_view kNotFound = "KP3001";
inline constexpr std::string_view kNotValid = "KP3002";
inline constexpr std::string_view kNotAParticipant = "KP3003";
inline constexpr std::string_view kRestricted = "KP3004";
inline constexpr std::string_view kNotTheImporter = "KP3005";
inline constexpr std::string_view kWrongDirection = "KP3006";
inline constexpr std::string_view kBadCertificateNumber = "KP3007";
// 31xx: the certificate says otherwise.
inline constexpr std::string_view kCaratsMismatch = "KP3101";
inline constexpr std::string_view kValueMismatch = "KP3102";
inline constexpr std::string_view kHsMismatch = "KP3103";
inline constexpr std::string_view kLineMismatch = "KP3104";
inline constexpr std::string_view kOriginMismatch = "KP3105";
inline constexpr std::string_view kPartyMismatch = "KP3106";
inline constexpr std::string_view kCountryMismatch = "KP3107";
inline constexpr std::string_view kParcelsMismatch = "KP3108";
inline constexpr std::string_view kDateMismatch = "KP3109";
inline constexpr std::string_view kOtherFinding = "KP3110";
// 32xx: the declaration contradicts itself.
inline constexpr std::string_view kTariffQuantityDiffers = "KP3201";
inline constexpr std::string_view kNetMassDiffers = "KP3202";
// 4xxx: no answer now.
inline constexpr std::string_view kIssuerUnavailable = "KP4001";
inline constexpr std::string_view kIssuerNotConnected = "KP4002";
inline constexpr std::string_view kInternal = "KP4003";
inline constexpr std::string_view kPending = "KP4004";

struct CodeMeaning {
  std::string_view code;
  std::string_view meaning;
};

inline constexpr std::array kCodes = {
    CodeMeaning{kNotWellFormed,
                "not well-formed XML 1.0, truncated, or text after the root element"},
    CodeMeaning{kBadEncoding, "bytes that are not what the encoding says, or an encoding not read"},
    CodeMeaning{kDoctype, "a document type declaration"},
    CodeMeaning{kTooLarge, "message larger than the limit"},
    CodeMeaning{kLimit, "too deep, too many elements or attributes, or an attribute too long"},
    CodeMeaning{kNotADeclaration, "not a MetaData document with exactly one Declaration"},
    CodeMeaning{kUnknownElement, "element not known at this place"},
    CodeMeaning{kWrongOrder, "element in the wrong order"},
    CodeMeaning{kMissingElement, "element that the data model requires is missing"},
    CodeMeaning{kTooOften, "element more often than the data model allows"},
    CodeMeaning{kWrongNamespace, "element in the wrong namespace"},
    CodeMeaning{kUnknownAttribute, "attribute not known at this place"},
    CodeMeaning{kStrayText, "text where only elements may stand"},
    CodeMeaning{kEmptyValue, "empty value"},
    CodeMeaning{kTooLong, "value too long, in characters"},
    CodeMeaning{kBadNumber, "not a decimal number of the element's format"},
    CodeMeaning{kBadCode, "not a code or identifier of the element's format"},
    CodeMeaning{kBadDate, "not a date or time of the format named, or no day of the calendar"},
    CodeMeaning{kSchema, "refused by the XML schema that the operator configured"},
    CodeMeaning{kMoreFaults, "there are more faults than are told"},
    CodeMeaning{kUnknownProfile, "no partner profile for what MetaData names"},
    CodeMeaning{kBadFunction, "FunctionCode is not one the bridge serves"},
    CodeMeaning{kBadType, "TypeCode is not one the bridge serves with this FunctionCode"},
    CodeMeaning{kRequired, "value that the partner profile requires is missing"},
    CodeMeaning{kNotCarats, "unit is not metric carat"},
    CodeMeaning{kNotDollars, "currency is not USD"},
    CodeMeaning{kNotPositive, "number is not greater than zero"},
    CodeMeaning{kTooPrecise, "more decimals than thousandths of a carat or cents"},
    CodeMeaning{kNotKilograms, "unit is not kilogram"},
    CodeMeaning{kBadCountry, "not a country code of ISO 3166-1 alpha-2"},
    CodeMeaning{kDuplicateItem, "two items with the same SequenceNumeric"},
    CodeMeaning{kItemCount, "GoodsItemQuantity is not the number of items"},
    CodeMeaning{kDuplicateReference, "the same certificate twice on one item"},
    CodeMeaning{kNoCertificate, "rough diamonds, or a whole declaration, without a KP certificate"},
    CodeMeaning{kSeveralUcrs, "items name different unique consignment references"},
    CodeMeaning{kTrimmed, "note: blanks around a reference were ignored"},
    CodeMeaning{kNormalized, "note: text was brought to Unicode NFC"},
    CodeMeaning{kAlreadyUsed, "the certificate is used by another consignment"},
    CodeMeaning{kReferenceReused, "the reference was used before with other content"},
    CodeMeaning{kOlderVersion, "older than what was already received"},
    CodeMeaning{kFinalState, "the declaration's use is closed and cannot change"},
    CodeMeaning{kUnknownDeclaration, "no declaration of this partner has the reference named"},
    CodeMeaning{kNotFound, "the issuer knows no such certificate"},
    CodeMeaning{kNotValid, "the certificate is expired, revoked, replaced or not yet valid"},
    CodeMeaning{kNotAParticipant, "the issuer is no Kimberley Process participant on that day"},
    CodeMeaning{kRestricted, "a measure of the Kimberley Process forbids this shipment"},
    CodeMeaning{kNotTheImporter, "the certificate names another importing authority"},
    CodeMeaning{kWrongDirection, "the certificate does not fit an import or an export"},
    CodeMeaning{kBadCertificateNumber, "the certificate number has no issuer's form"},
    CodeMeaning{kCaratsMismatch, "carats are not the certificate's"},
    CodeMeaning{kValueMismatch, "value in US dollars is not the certificate's"},
    CodeMeaning{kHsMismatch, "HS code is not the certificate's"},
    CodeMeaning{kLineMismatch, "items are not the certificate's lines"},
    CodeMeaning{kOriginMismatch, "countries of origin are not the certificate's"},
    CodeMeaning{kPartyMismatch, "exporter or importer is not the certificate's"},
    CodeMeaning{kCountryMismatch, "export country or destination is not the certificate's"},
    CodeMeaning{kParcelsMismatch, "number of parcels is not the certificate's"},
    CodeMeaning{kDateMismatch, "issue or expiry date is not the certificate's"},
    CodeMeaning{kOtherFinding, "another finding; the text names its rule"},
    CodeMeaning{kTariffQuantityDiffers, "claimed carats are not the item's supplementary quantity"},
    CodeMeaning{kNetMassDiffers, "net mass is not 0.0002 kg for each claimed carat"},
    CodeMeaning{kIssuerUnavailable, "the issuer did not answer; a ticket asks again"},
    CodeMeaning{kIssuerNotConnected, "the issuer is not on the mesh"},
    CodeMeaning{kInternal, "fault of the bridge; ask again with the same reference"},
    CodeMeaning{kPending, "done here, the issuer's receipt is awaited"},
};

}  // namespace kp::wco
