// The reasons of the scheme: stable words that a caller may branch on, in errors (base/error.h), in
// findings and in verdicts. Each says what happened and what to do about it.
#pragma once

namespace kp::scheme::reasons {

// --- What was written cannot be read: correct the field and send again. ---

// The certificate number is empty. State the number printed on the certificate.
inline constexpr char kNumberEmpty[] = "NUMBER_EMPTY";
// The certificate number is longer than any printed one. Check that only the number was entered.
inline constexpr char kNumberTooLong[] = "NUMBER_TOO_LONG";
// A character that no certificate number has, at the position told. Only letters, digits, spaces
// and hyphens are read.
inline constexpr char kNumberBadCharacter[] = "NUMBER_BAD_CHARACTER";
// The number does not begin with the two letters of its issuer. Add them as printed.
inline constexpr char kNumberNoIssuer[] = "NUMBER_NO_ISSUER";
// Nothing follows the issuer's letters. State the whole number.
inline constexpr char kNumberNoSerial[] = "NUMBER_NO_SERIAL";
// Not two letters. Use the code of the trust documents (ISO 3166-1 alpha-2, or EU).
inline constexpr char kCodeMalformed[] = "CODE_MALFORMED";
// Two letters that are no country of ISO 3166-1. Use the country's code.
inline constexpr char kCountryUnknown[] = "COUNTRY_UNKNOWN";
// Not a decimal number of carats. Write digits, at most one point, no group separators.
inline constexpr char kCaratsMalformed[] = "CARATS_MALFORMED";
// More than three decimals of a carat. Weights are recorded to a thousandth.
inline constexpr char kCaratsTooManyDecimals[] = "CARATS_TOO_MANY_DECIMALS";
// More carats than the scheme records. Check the unit.
inline constexpr char kCaratsOutOfRange[] = "CARATS_OUT_OF_RANGE";
// Not a decimal amount of money. Write digits, at most one point, no group separators.
inline constexpr char kValueMalformed[] = "VALUE_MALFORMED";
// More than two decimals of a dollar. Values are recorded in cents.
inline constexpr char kValueTooManyDecimals[] = "VALUE_TOO_MANY_DECIMALS";
// More dollars than the scheme records. Check the amount.
inline constexpr char kValueOutOfRange[] = "VALUE_OUT_OF_RANGE";
// A value in another currency. Values are in US dollars only (field F12): convert it.
inline constexpr char kCurrencyNotUsd[] = "CURRENCY_NOT_USD";
// Not a commodity code of six to ten digits. Write it as in the tariff.
inline constexpr char kHsCodeMalformed[] = "HS_CODE_MALFORMED";
// Not a date of the form YYYY-MM-DD between 1900 and 2999.
inline constexpr char kDateMalformed[] = "DATE_MALFORMED";
// A day that the calendar does not have, such as 31 February.
inline constexpr char kDateNotInCalendar[] = "DATE_NOT_IN_CALENDAR";
// A time zone that the tz database does not know. Use a name such as Africa/Harare.
inline constexpr char kZoneUnknown[] = "ZONE_UNKNOWN";
// A list of origins with fewer than two countries. State the one origin, or the mixed marker.
inline constexpr char kOriginListTooShort[] = "ORIGIN_LIST_TOO_SHORT";
// The same country twice in a list of origins. State each once.
inline constexpr char kOriginDuplicate[] = "ORIGIN_DUPLICATE";
// An origin that is no country where stones are mined (EU is an issuer, not an origin).
inline constexpr char kOriginNotACountry[] = "ORIGIN_NOT_A_COUNTRY";
// A text longer than its limit, counted in code points. Shorten it.
inline constexpr char kTextTooLong[] = "TEXT_TOO_LONG";
// A text that is not valid UTF-8, at the byte told. Send UTF-8.
inline constexpr char kTextNotUtf8[] = "TEXT_NOT_UTF8";
// A control or invisible character in a text, at the byte told. Remove it.
inline constexpr char kTextControlCharacter[] = "TEXT_CONTROL_CHARACTER";
// A character of private use or one that Unicode assigns to nothing, at the byte told. Nobody can
// print it so that others read the same: write the text in assigned characters.
inline constexpr char kTextUnprintable[] = "TEXT_UNPRINTABLE";
// A language that is no tag of BCP 47 (F4). Write "fr", "zh-Hans", "pt-BR".
inline constexpr char kLanguageMalformed[] = "LANGUAGE_MALFORMED";
// More entries in a list than its limit.
inline constexpr char kListTooLong[] = "LIST_TOO_LONG";

// --- A rule of the scheme is broken. The rule's id stands beside the reason. ---

// A field of the certificate's minimum content is missing (R01). Fill it.
inline constexpr char kFieldMissing[] = "FIELD_MISSING";
// The title or the statement differs from the scheme's words (R02). Use the exact words.
inline constexpr char kWordingWrong[] = "WORDING_WRONG";
// The exporter's or the importer's side is no Participant on the deciding date (R03).
inline constexpr char kNotAParticipant[] = "NOT_A_PARTICIPANT";
// The sources do not tell whether it was a Participant on that date (R03, R23). Ask the registry.
inline constexpr char kParticipationUncertain[] = "PARTICIPATION_UNCERTAIN";
// Both sides are one issuing entity: no certificate exists for such a movement (R04).
inline constexpr char kSameEntity[] = "SAME_ENTITY";
// The origin of the shipment contradicts the origins of its lines (R05).
inline constexpr char kOriginContradicted[] = "ORIGIN_CONTRADICTED";
// The number's first letters are not those of the issuing entity (R06).
inline constexpr char kNumberPrefixWrong[] = "NUMBER_PREFIX_WRONG";
// The serial has not the form that this issuer uses (R06).
inline constexpr char kNumberSerialForm[] = "NUMBER_SERIAL_FORM";
// The number was used before; a number is never used twice, void ones included (R06).
inline constexpr char kNumberAlreadyUsed[] = "NUMBER_ALREADY_USED";
// The number lies in no range that its issuer allotted, or in one of another year or authority (R06).
inline constexpr char kNumberOutsideRanges[] = "NUMBER_OUTSIDE_RANGES";
// The number of a blank form that was lost before anything was issued on it (R06). It never will be.
inline constexpr char kBlankLost[] = "BLANK_LOST";
// The number of a blank form that was stolen before anything was issued on it (R06). It never will be.
inline constexpr char kBlankStolen[] = "BLANK_STOLEN";
// Two numbers that are no range: not of one series, or in the wrong order. State first and last.
inline constexpr char kRangeMalformed[] = "RANGE_MALFORMED";
// The expiry date lies before the date of issue (R07).
inline constexpr char kExpiryBeforeIssue[] = "EXPIRY_BEFORE_ISSUE";
// Valid for longer than this issuer's certificates may be (R07).
inline constexpr char kValidityTooLong[] = "VALIDITY_TOO_LONG";
// The act comes after the day of expiry (R07). Replace the certificate.
inline constexpr char kActAfterExpiry[] = "ACT_AFTER_EXPIRY";
// The act comes before the date of issue, or a date of issue is not the day of the act (R07).
inline constexpr char kDateOfIssueWrong[] = "DATE_OF_ISSUE_WRONG";
// A day on which something is said to have happened lies in the future.
inline constexpr char kDateInFuture[] = "DATE_IN_FUTURE";
// Such a day lies before the scheme began (2003-01-01).
inline constexpr char kDateBeforeScheme[] = "DATE_BEFORE_SCHEME";
// A commodity code outside 7102.10, 7102.21 and 7102.31 (R08). It needs no certificate.
inline constexpr char kHsCodeOutOfScope[] = "HS_CODE_OUT_OF_SCOPE";
// Zero or negative carats (R09).
inline constexpr char kCaratsNotPositive[] = "CARATS_NOT_POSITIVE";
// Zero or negative value (R09).
inline constexpr char kValueNotPositive[] = "VALUE_NOT_POSITIVE";
// No parcel, or more than the scheme records (R09).
inline constexpr char kParcelsOutOfRange[] = "PARCELS_OUT_OF_RANGE";
// The stated total is not the sum of the lines (R10).
inline constexpr char kTotalDiffers[] = "TOTAL_DIFFERS";
// Two lines with the same HS code, origin, area and operation (R10). Add them up.
inline constexpr char kDuplicateLine[] = "DUPLICATE_LINE";
// The authority has not this power on this day (R01 for issuing, R11 for validating).
inline constexpr char kAuthorityNotDesignated[] = "AUTHORITY_NOT_DESIGNATED";
// The person who validates is the person who issued (R11). Another person must validate.
inline constexpr char kSamePerson[] = "SAME_PERSON";
// An embargo covers the shipment (R15). The decision is cited.
inline constexpr char kEmbargo[] = "EMBARGO";
// The diamonds need their government's own certificate (R15).
inline constexpr char kGovernmentCertificateNeeded[] = "GOVERNMENT_CERTIFICATE_NEEDED";
// The participant is removed from the list: all its certificates are refused (R15).
inline constexpr char kParticipantRemoved[] = "PARTICIPANT_REMOVED";
// The participant is suspended, or suspended itself (R15).
inline constexpr char kParticipantSuspended[] = "PARTICIPANT_SUSPENDED";
// The importing side is removed or suspended (R03).
inline constexpr char kDestinationSuspended[] = "DESTINATION_SUSPENDED";
// Stones of an area or operation that a measure restricts (R15).
inline constexpr char kAreaRestricted[] = "AREA_RESTRICTED";
// A measure depends on the area, and the line names none (R15). State the area.
inline constexpr char kAreaNotStated[] = "AREA_NOT_STATED";
// An area that the trust documents do not know (R15). Use a name of the registry.
inline constexpr char kAreaUnknown[] = "AREA_UNKNOWN";
// An operation that the trust documents do not know (R15). Use a name of the registry.
inline constexpr char kOperationUnknown[] = "OPERATION_UNKNOWN";
// A countersignature that a measure asks for is missing (R15).
inline constexpr char kCountersignatureMissing[] = "COUNTERSIGNATURE_MISSING";
// The issuer has not attested the outcome of a measure on areas (R15).
inline constexpr char kMeasureNotAttested[] = "MEASURE_NOT_ATTESTED";
// A measure whose dates the sources do not tell to the day may apply (R15).
inline constexpr char kMeasureDateUncertain[] = "MEASURE_DATE_UNCERTAIN";
// A measure asks for heightened attention (R15). An officer looks.
inline constexpr char kEnhancedVigilance[] = "ENHANCED_VIGILANCE";
// A measure was looked at and does not stand in the way (R15).
inline constexpr char kMeasurePermits[] = "MEASURE_PERMITS";
// The destination is no territory of a Participant, or not of the importing entity (R17).
inline constexpr char kDestinationWrong[] = "DESTINATION_WRONG";
// What arrived differs from the certificate (R20). A case is opened.
inline constexpr char kArrivalDiffers[] = "ARRIVAL_DIFFERS";
// The number claims an issuer that is no Participant on the date of issue (R23): a fake.
inline constexpr char kIssuerNotAParticipant[] = "ISSUER_NOT_A_PARTICIPANT";
// A non-zero third decimal of a carat (K01). Printed papers usually show two.
inline constexpr char kThirdDecimal[] = "THIRD_DECIMAL";
// Presented after the day of expiry (K02). Exported in time it is only noted.
inline constexpr char kCertificateExpired[] = "CERTIFICATE_EXPIRED";

// --- The trust documents contradict themselves: their author corrects them. ---

// A code or id that stands for two things.
inline constexpr char kDuplicateId[] = "DUPLICATE_ID";
// A code that nothing in the trust documents explains: in them, or named by who asks.
inline constexpr char kCodeUnknown[] = "CODE_UNKNOWN";
// A scope that this kind of measure cannot have.
inline constexpr char kWrongScope[] = "WRONG_SCOPE";
// A period that ends before it begins: in the trust documents, or named by who asks.
inline constexpr char kPeriodReversed[] = "PERIOD_REVERSED";

// --- A change of state is refused. Read the state first. ---

// The certificate is not in a state from which this event may come.
inline constexpr char kWrongState[] = "WRONG_STATE";

// --- Corrections of minor errors (K04). ---

// The error is not a typographical one of this project's bounds. Replace the certificate.
inline constexpr char kCorrectionNotMinor[] = "CORRECTION_NOT_MINOR";
// The path names no field of this certificate that can be corrected.
inline constexpr char kCorrectionFieldUnknown[] = "CORRECTION_FIELD_UNKNOWN";
// The correction is empty, or says what the certificate says already.
inline constexpr char kCorrectionSame[] = "CORRECTION_SAME";
// The person who indicated the correction cannot endorse it. Another person must.
inline constexpr char kCorrectionSamePerson[] = "CORRECTION_SAME_PERSON";

// --- A list is asked for what no list can hold. ---

// No entity that issues certificates: the message names the one that issues for it.
inline constexpr char kEntityNotIssuing[] = "ENTITY_NOT_ISSUING";

// --- Use of a certificate. ---

// Used, reserved or confirmed under another consignment reference (R22). An alert.
inline constexpr char kAlreadyUsed[] = "ALREADY_USED";
// Only the importing entity named on the certificate may use it. Nothing was consumed.
inline constexpr char kNotTheImporter[] = "NOT_THE_IMPORTER";
// A consignment reference is needed, because no reservation gives one.
inline constexpr char kReferenceRequired[] = "REFERENCE_REQUIRED";
// There is no reservation of this reference in force. Reserve first.
inline constexpr char kNotReserved[] = "NOT_RESERVED";
// A later version of the declaration was already seen.
inline constexpr char kStaleVersion[] = "STALE_VERSION";
// Written off: neither reserved again nor released.
inline constexpr char kAlreadyWrittenOff[] = "ALREADY_WRITTEN_OFF";
// The certificate is not exported, or out of use. Read its state.
inline constexpr char kCertificateNotUsable[] = "CERTIFICATE_NOT_USABLE";

// --- Verdicts: what decided, beside the reasons above. ---

// Everything asked for agrees.
inline constexpr char kGood[] = "GOOD";
// The issuer did not answer in time. A ticket asks again.
inline constexpr char kIssuerSilent[] = "ISSUER_SILENT";
// The issuer is not on the mesh. Ask it by the old ways.
inline constexpr char kIssuerNotConnected[] = "ISSUER_NOT_CONNECTED";
// The issuer's answer was not well signed or made no sense. A security alarm, and a ticket.
inline constexpr char kBadAnswer[] = "BAD_ANSWER";
// The issuer never issued this number, and its register is complete for that date.
inline constexpr char kNumberUnknown[] = "NUMBER_UNKNOWN";
// The issuer issued this number, and its record has gone to the archive: the period of retention after
// its expiry is over. Ask the issuer, who can read the archive.
inline constexpr char kNumberArchived[] = "NUMBER_ARCHIVED";
// The issuer does not know the number, but its register need not be complete for that date.
inline constexpr char kNumberNotOnRegister[] = "NUMBER_NOT_ON_REGISTER";
// A field of the paper differs from the issuer's register.
inline constexpr char kFieldMismatch[] = "FIELD_MISMATCH";
// A field that the verdict needs was not stated. State it and ask again.
inline constexpr char kFieldNotStated[] = "FIELD_NOT_STATED";
// A field that the verdict needs is withheld after too many wrong tries.
inline constexpr char kFieldWithheld[] = "FIELD_WITHHELD";
// Presented in another country than the one named on the certificate.
inline constexpr char kDiversion[] = "DIVERSION";
// There is only an application under this number, or it was refused.
inline constexpr char kNotIssued[] = "NOT_ISSUED";
// Issued, but no exporting authority has validated it (field F15).
inline constexpr char kNotValidated[] = "NOT_VALIDATED";
// Validated, but the issuer has no export of it on record.
inline constexpr char kNotExported[] = "NOT_EXPORTED";
// Held by an authority; its release is awaited.
inline constexpr char kFrozen[] = "FROZEN";
// Void, replaced, returned, lost, stolen or seized: it is no longer a valid certificate.
inline constexpr char kNoLongerValid[] = "NO_LONGER_VALID";
// No source of the stones is shown (R16): hard where the issuer's profile asks for them.
inline constexpr char kSourcesMissing[] = "SOURCES_MISSING";
// The sources do not add up to the carats of the lines (R16).
inline constexpr char kSourcesDiffer[] = "SOURCES_DIFFER";
// No record of an inspection before validation (R12): hard where the issuer's profile asks for one.
inline constexpr char kInspectionMissing[] = "INSPECTION_MISSING";
// An inspection that lies before what it is to be compared with, or after the act that rests on it
// (R12, at import R13): it does not count. Look again, or state the day on which somebody looked.
inline constexpr char kInspectionOutOfTime[] = "INSPECTION_OUT_OF_TIME";
// The last inspection found goods that are not as stated (R12). Amend or reject.
inline constexpr char kInspectionFailed[] = "INSPECTION_FAILED";
// No seal of a container is recorded (R13).
inline constexpr char kSealsMissing[] = "SEALS_MISSING";
// The certificate's seals are not those that were looked at (R14).
inline constexpr char kSealsDiffer[] = "SEALS_DIFFER";
// A seal was broken or missing at arrival (R13). A case is opened.
inline constexpr char kSealBroken[] = "SEAL_BROKEN";
// The original did not accompany the shipment (R19). A case is opened.
inline constexpr char kOriginalMissing[] = "ORIGINAL_MISSING";
// What was chosen by risk to be opened at import was not. An officer looks.
inline constexpr char kSelectionNotOpened[] = "SELECTION_NOT_OPENED";
// The issuing authority, asked by other means, does not stand by the paper.
inline constexpr char kIssuerDenies[] = "ISSUER_DENIES";
// A check that an officer made by hand does not agree with the paper. An officer decides.
inline constexpr char kManualCheckFailed[] = "MANUAL_CHECK_FAILED";
// The entity's own certificate of import is missing (Hong Kong). Issue it first.
inline constexpr char kImportCertificateMissing[] = "IMPORT_CERTIFICATE_MISSING";
// Goods in transit were opened (R25). They may not leave under this certificate.
inline constexpr char kTransitOpened[] = "TRANSIT_OPENED";
// Goods in transit are not in the state in which they came (R25). They may not leave under this
// certificate.
inline constexpr char kTransitTampered[] = "TRANSIT_TAMPERED";
// A new certificate was issued for goods in transit (R25). They may not leave under the old one.
inline constexpr char kTransitNewCertificate[] = "TRANSIT_NEW_CERTIFICATE";
// The certificate does not clearly show that the goods pass through (R25, EU art. 18).
inline constexpr char kTransitNotShown[] = "TRANSIT_NOT_SHOWN";
// The exporter's declaration on conflict diamonds is missing (R18): noted.
inline constexpr char kDeclarationMissing[] = "DECLARATION_MISSING";
// The value per carat is far from what is known of the origin (R21): noted.
inline constexpr char kValuePerCaratUnusual[] = "VALUE_PER_CARAT_UNUSUAL";
// No statement of the exporting participant about the last quarter that is due is known here (R24):
// noted.
inline constexpr char kStatisticsNotFiled[] = "STATISTICS_NOT_FILED";
// A quarter that is not of the form 2026-Q1, a half-year of 2026-H1, a month of 2026-03:
// INVALID_ARGUMENT.
inline constexpr char kPeriodMalformed[] = "PERIOD_MALFORMED";
// A year, quarter, half-year or month out of its range: INVALID_ARGUMENT.
inline constexpr char kPeriodOutOfRange[] = "PERIOD_OUT_OF_RANGE";
// The statistics are larger than what can be summed, or told in one statement: OUT_OF_RANGE.
inline constexpr char kStatisticsTooLarge[] = "STATISTICS_TOO_LARGE";
// More was exported than production, imports and opening stock explain. Look into it.
inline constexpr char kExportsAboveSupply[] = "EXPORTS_ABOVE_SUPPLY";
// The source book holds more own production than was filed: noted.
inline constexpr char kSourcesAboveProduction[] = "SOURCES_ABOVE_PRODUCTION";
// Own production of a half-year that has not begun: FAILED_PRECONDITION.
inline constexpr char kProductionNotBegun[] = "PRODUCTION_NOT_BEGUN";
// The figures of a half-year are late (CORE Annex III(c)). File them; no more of it is opened before.
inline constexpr char kProductionNotFiled[] = "PRODUCTION_NOT_FILED";
// More own production is to be opened than is left of what was filed (R16): INVALID_ARGUMENT.
inline constexpr char kSourceAboveFiled[] = "SOURCE_ABOVE_FILED";
// Certificates draw more on a half-year's own production than was filed of it (R16). No more is drawn;
// file it anew, or look into it.
inline constexpr char kProductionExhausted[] = "PRODUCTION_EXHAUSTED";
// What the issuer of this paper issues comes in by the mesh (R16): INVALID_ARGUMENT.
inline constexpr char kSourceIssuerOnMesh[] = "SOURCE_ISSUER_ON_MESH";
// The issuer endorsed an error of the paper: noted, the paper counts as valid.
inline constexpr char kErrorEndorsed[] = "ERROR_ENDORSED";
// In use, and the question names no consignment reference. State it and ask again.
inline constexpr char kReferenceNotStated[] = "REFERENCE_NOT_STATED";
// In use under the very reference of this question.
inline constexpr char kUsedBySameReference[] = "USED_BY_SAME_REFERENCE";
// In use at import, while this purpose does not consume: noted, or for an officer to look at.
inline constexpr char kInUse[] = "IN_USE";
// Closed by a confirmation of import.
inline constexpr char kConfirmed[] = "CONFIRMED";
// Not confirmed by its importer, so no proof of a lawful import.
inline constexpr char kNotConfirmed[] = "NOT_CONFIRMED";

}  // namespace kp::scheme::reasons
