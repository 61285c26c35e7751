#include "wco-bridge/wco/element_table.h"

#include <array>

namespace kp::wco {
namespace {

// The tables below are read like a schema: one array is the sequence of one class. The same class
// may hold other elements, or elements of other ids, at another place; it then has an array for
// each.
struct Occurs {
  bool required = false;
  int max = 1;
};
constexpr Occurs kOptional{};
constexpr Occurs kRequired{.required = true};
constexpr Occurs kMany{.max = 0};
constexpr Occurs UpTo(int max) { return {.max = max}; }

constexpr Format Text(int size) { return {Kind::kText, size}; }
constexpr Format Code(int size) { return {Kind::kCode, size}; }
constexpr Format Letters(int size) { return {Kind::kLetters, size}; }
constexpr Format Digits(int size) { return {Kind::kDigits, size}; }
constexpr Format Number(int size) { return {Kind::kNumber, size}; }
constexpr Format Measure(int size, int fraction) { return {Kind::kMeasure, size, fraction}; }
constexpr Format kDigit{Kind::kDigit, 1};
constexpr Format kRate{Kind::kNumber, 16, 6};
constexpr Format kAmount{Kind::kAmount, 16, 3};
constexpr Format kDate{Kind::kDate, 35};

constexpr Element Leaf(std::string_view name, std::string_view id, Format format,
                       Occurs occurs = kOptional) {
  return {name, id, format, occurs.required, occurs.max, {}};
}

constexpr Element Class(std::string_view name, std::string_view id,
                        std::span<const Element> children, Occurs occurs = kOptional) {
  return {name, id, {Kind::kClass}, occurs.required, occurs.max, children};
}

constexpr Element kAddress[] = {
    Leaf("CityName", "241", Text(35)),
    Leaf("CountryCode", "242", Letters(2)),
    Leaf("CountrySubDivisionCode", "244", Code(9)),
    Leaf("CountrySubDivisionName", "243", Text(35)),
    Leaf("Line", "239", Text(70)),
    Leaf("PostcodeID", "245", Text(9)),
};
constexpr Element kContact[] = {
    Leaf("Name", "246", Text(70)),
};
constexpr Element kCommunication[] = {
    Leaf("ID", "240", Text(50)),
    Leaf("TypeCode", "253", Code(3)),
};

constexpr std::array<Element, 3> Party(std::string_view name_id, std::string_view id_id) {
  return {Leaf("Name", name_id, Text(70)), Leaf("ID", id_id, Text(17)),
          Class("Address", "04A", kAddress)};
}
constexpr std::array<Element, 5> Trader(std::string_view name_id, std::string_view id_id) {
  return {Leaf("Name", name_id, Text(70)), Leaf("ID", id_id, Text(17)),
          Class("Address", "04A", kAddress), Class("Contact", "34A", kContact),
          Class("Communication", "25A", kCommunication)};
}

constexpr Element kAuthenticator[] = {
    Leaf("Name", "R007", Text(70)),
};
constexpr Element kAuthentication[] = {
    Leaf("Authentication", "104", Text(256)),
    Class("Authenticator", "12A", kAuthenticator),
};
constexpr auto kSubmitter = Party("R058", "R059");
constexpr Element kAdditionalDocument[] = {
    Leaf("CategoryCode", "D031", Code(3)),
    Leaf("ID", "D005", Text(70)),
    Leaf("TypeCode", "D006", Code(3)),
};
constexpr Element kPointer[] = {
    Leaf("SequenceNumeric", "006", Number(5)),
    Leaf("DocumentSectionCode", "375", Code(3)),
    Leaf("TagID", "381", Text(4)),
};
constexpr Element kAdditionalInformation[] = {
    Leaf("StatementCode", "226", Code(17)),
    Leaf("StatementDescription", "225", Text(512)),
    Leaf("StatementTypeCode", "369", Code(3)),
    Class("Pointer", "97A", kPointer, kMany),
};
constexpr Element kAgent[] = {
    Leaf("Name", "R003", Text(70)),
    Leaf("ID", "R004", Text(17)),
    Leaf("FunctionCode", "102", Code(3)),
    Class("Address", "04A", kAddress),
};
constexpr Element kAmendment[] = {
    Leaf("ChangeReasonCode", "099", Code(3)),
    Class("Pointer", "97A", kPointer, kMany),
};
constexpr Element kAuthorisationHolder[] = {
    Leaf("ID", "R144", Text(17)),
    Leaf("CategoryCode", "R145", Code(4)),
};
constexpr Element kBorderTransportMeans[] = {
    Leaf("Name", "T005", Text(35)),
    Leaf("ID", "T006", Text(35)),
    Leaf("IdentificationTypeCode", "T018", Code(17)),
    Leaf("TypeCode", "T010", Code(4)),
    Leaf("RegistrationNationalityCode", "T014", Letters(2)),
    Leaf("ModeCode", "T022", kDigit),
};
constexpr Element kCarrier[] = {
    Leaf("Name", "R011", Text(70)),
    Leaf("ID", "R012", Text(17)),
    Class("Address", "04A", kAddress),
    Class("Communication", "25A", kCommunication),
};
constexpr Element kConsignorAddress[] = {
    Leaf("TypeCode", "410", Code(3)),
    Leaf("CityName", "241", Text(35)),
    Leaf("CountryCode", "242", Letters(2)),
    Leaf("CountrySubDivisionCode", "244", Code(9)),
    Leaf("CountrySubDivisionName", "243", Text(35)),
    Leaf("Line", "239", Text(70)),
    Leaf("PostcodeID", "245", Text(9)),
};
constexpr Element kConsignor[] = {
    Leaf("Name", "R020", Text(70)),
    Leaf("ID", "R021", Text(17)),
    Class("Address", "04A", kConsignorAddress),
};
constexpr Element kFreight[] = {
    Leaf("PaymentMethodCode", "098", Code(3)),
};
constexpr Element kConsignmentItem[] = {
    Leaf("SequenceNumeric", "006", Number(5), kRequired),
    Class("Consignor", "30A", kConsignor),
    Class("Freight", "62A", kFreight),
};
constexpr Element kItinerary[] = {
    Leaf("SequenceNumeric", "006", Number(5), kRequired),
    Leaf("RoutingCountryCode", "064", Letters(2)),
};
constexpr Element kConsignment[] = {
    Class("Carrier", "18A", kCarrier),
    Class("ConsignmentItem", "29A", kConsignmentItem, UpTo(999)),
    Class("Consignor", "30A", kConsignor),
    Class("Freight", "62A", kFreight),
    Class("Itinerary", "81A", kItinerary, kMany),
};
constexpr Element kCurrencyExchange[] = {
    Leaf("CurrencyTypeCode", "135", Letters(3)),
    Leaf("RateNumeric", "118", kRate),
};
constexpr auto kDeclarant = Trader("R124", "R123");
constexpr Element kExitOffice[] = {
    Leaf("ID", "G005", Text(17)),
};
constexpr auto kExporter = Trader("R031", "R032");
constexpr Element kAEOMutualRecognitionParty[] = {
    Leaf("ID", "R143", Text(17)),
    Leaf("RoleCode", "R005", Code(3)),
};
constexpr auto kBuyer = Trader("R009", "R010");
constexpr auto kConsignee = Party("R014", "R015");
constexpr Element kArrivalTransportMeans[] = {
    Leaf("Name", "T001", Text(35)),
    Leaf("ID", "T002", Text(35)),
    Leaf("IdentificationTypeCode", "T034", Code(17)),
    Leaf("TypeCode", "T008", Code(4)),
    Leaf("ModeCode", "T020", kDigit),
};
constexpr Element kDepartureTransportMeans[] = {
    Leaf("Name", "T003", Text(35)),
    Leaf("ID", "T004", Text(35)),
    Leaf("IdentificationTypeCode", "T029", Code(17)),
    Leaf("TypeCode", "T009", Code(4)),
    Leaf("ModeCode", "T021", kDigit),
};
constexpr Element kGoodsLocationAddress[] = {
    Leaf("TypeCode", "410", Code(3)),       Leaf("CityName", "241", Text(35)),
    Leaf("CountryCode", "242", Letters(2)), Leaf("Line", "239", Text(70)),
    Leaf("PostcodeID", "245", Text(9)),
};
constexpr Element kGoodsLocation[] = {
    Leaf("Name", "L016", Text(256)),
    Leaf("ID", "L017", Text(17)),
    Leaf("TypeCode", "L110", Code(3)),
    Class("Address", "04A", kGoodsLocationAddress),
};
constexpr Element kLoadingLocation[] = {
    Leaf("Name", "L009", Text(256)),
    Leaf("ID", "L010", Text(17)),
};
constexpr Element kSeal[] = {
    Leaf("SequenceNumeric", "006", Number(5), kRequired),
    Leaf("ID", "165", Text(35)),
};
constexpr Element kTransportEquipment[] = {
    Leaf("SequenceNumeric", "006", Number(5), kRequired),
    Leaf("ID", "159", Text(17)),
    Class("Seal", "44B", kSeal, kMany),
};
constexpr Element kShipmentConsignment[] = {
    Leaf("ContainerCode", "096", Code(3)),
    Class("ArrivalTransportMeans", "10A", kArrivalTransportMeans),
    Class("DepartureTransportMeans", "46A", kDepartureTransportMeans),
    Class("GoodsLocation", "64A", kGoodsLocation),
    Class("LoadingLocation", "83A", kLoadingLocation),
    Class("TransportEquipment", "31B", kTransportEquipment, kMany),
};
constexpr auto kShipmentConsignor = Party("R020", "R021");
constexpr Element kChargeDeduction[] = {
    Leaf("ChargesTypeCode", "371", Code(3)),
    Leaf("OtherChargeDeductionAmount", "181", kAmount),
};
constexpr Element kCustomsValuation[] = {
    Leaf("FreightChargeAmount", "117", kAmount),
    Class("ChargeDeduction", "58B", kChargeDeduction, kMany),
};
constexpr Element kDestination[] = {
    Leaf("CountryCode", "465", Letters(2)),
    Leaf("RegionID", "477", Text(9)),
};
constexpr Element kDomesticDutyTaxParty[] = {
    Leaf("ID", "R119", Text(17)),
    Leaf("RoleCode", "R005", Code(3)),
};
constexpr Element kExportCountry[] = {
    Leaf("ID", "062", Letters(2)),
};
constexpr Element kAdditionalDocumentSubmitter[] = {
    Leaf("Name", "R058", Text(70)),
    Leaf("RoleCode", "R005", Code(3)),
};
constexpr Element kWriteOff[] = {
    Leaf("QuantityQuantity", "502", Measure(16, 6)),
    Leaf("AmountAmount", "503", kAmount),
};
constexpr Element kItemAdditionalDocument[] = {
    Leaf("CategoryCode", "D031", Code(3)),
    Leaf("EffectiveDateTime", "276", kDate),
    Leaf("ID", "D005", Text(70)),
    Leaf("Name", "D028", Text(35)),
    Leaf("TypeCode", "D006", Code(3)),
    Leaf("LPCOExemptionCode", "360", Code(3)),
    Class("Submitter", "17B", kAdditionalDocumentSubmitter),
    Class("WriteOff", "22C", kWriteOff),
};
constexpr Element kItemAdditionalInformation[] = {
    Leaf("StatementCode", "226", Code(17)),
    Leaf("StatementDescription", "225", Text(512)),
    Leaf("StatementTypeCode", "369", Code(3)),
};
constexpr Element kClassification[] = {
    Leaf("ID", "145", Text(18)),
    Leaf("IdentificationTypeCode", "", Code(3)),
};
constexpr Element kDangerousGoods[] = {
    Leaf("UNDGID", "506", Digits(4)),
};
constexpr Element kPayment[] = {
    Leaf("MethodCode", "107", Letters(1)),
    Leaf("TaxAssessedAmount", "120", kAmount),
    Leaf("PaymentAmount", "378", kAmount),
};
constexpr Element kDutyTaxFee[] = {
    Leaf("AdValoremTaxBaseAmount", "116", kAmount),
    Leaf("DeductAmount", "111", kAmount),
    Leaf("DutyRegimeCode", "164", Code(3)),
    Leaf("SpecificTaxBaseQuantity", "129", Measure(16, 6)),
    Leaf("TaxRateNumeric", "115", kRate),
    Leaf("TypeCode", "113", Code(3)),
    Leaf("QuotaOrderID", "401", Text(17)),
    Class("Payment", "94A", kPayment),
};
constexpr Element kGoodsMeasure[] = {
    Leaf("GrossMassMeasure", "126", Measure(16, 6)),
    Leaf("NetNetWeightMeasure", "128", Measure(16, 6)),
    Leaf("TariffQuantity", "130", Measure(16, 6)),
};
constexpr Element kInvoiceLine[] = {
    Leaf("ItemChargeAmount", "112", kAmount),
};
constexpr Element kCommodityTransportEquipment[] = {
    Leaf("SequenceNumeric", "006", Number(5), kRequired),
    Leaf("ID", "159", Text(17)),
};
constexpr Element kCommodity[] = {
    Leaf("Description", "137", Text(512)),
    Class("Classification", "21A", kClassification, kMany),
    Class("DangerousGoods", "12C", kDangerousGoods, kMany),
    Class("DutyTaxFee", "50A", kDutyTaxFee, kMany),
    Class("GoodsMeasure", "65A", kGoodsMeasure),
    Class("InvoiceLine", "79A", kInvoiceLine),
    Class("TransportEquipment", "31B", kCommodityTransportEquipment, kMany),
};
constexpr Element kItemCustomsValuation[] = {
    Leaf("MethodCode", "122", Code(3)),
    Class("ChargeDeduction", "58B", kChargeDeduction, kMany),
};
constexpr Element kGovernmentProcedure[] = {
    Leaf("CurrentCode", "166", Code(7)),
    Leaf("PreviousCode", "161", Code(7)),
};
constexpr Element kOrigin[] = {
    Leaf("CountryCode", "063", Code(4)),
    Leaf("RegionID", "066", Text(9)),
    Leaf("TypeCode", "501", Code(3)),
};
constexpr Element kPackaging[] = {
    Leaf("SequenceNumeric", "006", Number(5), kRequired),
    Leaf("MarksNumbersID", "142", Text(512)),
    Leaf("QuantityQuantity", "144", Measure(8, 0)),
    Leaf("TypeCode", "141", Code(2)),
    Leaf("PackingMaterialDescription", "344", Text(256)),
    Leaf("LengthMeasure", "367", Measure(15, 0)),
    Leaf("WidthMeasure", "368", Measure(15, 0)),
    Leaf("HeightMeasure", "402", Measure(15, 0)),
    Leaf("VolumeMeasure", "395", Measure(16, 6)),
};
constexpr Element kPreviousDocument[] = {
    Leaf("CategoryCode", "D031", Code(3)),
    Leaf("ID", "D018", Text(70)),
    Leaf("TypeCode", "D019", Code(3)),
    Leaf("LineNumeric", "171", Number(5)),
};
constexpr auto kSeller = Trader("R050", "R051");
constexpr Element kUCR[] = {
    Leaf("ID", "016", Text(35)),
    Leaf("TraderAssignedReferenceID", "009", Text(35)),
};
constexpr Element kValuationAdjustment[] = {
    Leaf("AdditionCode", "188", Code(4)),
};
constexpr Element kItem[] = {
    Leaf("CustomsValueAmount", "108", kAmount),
    Leaf("SequenceNumeric", "006", Number(5), kRequired),
    Leaf("StatisticalValueAmount", "114", kAmount),
    Leaf("TransactionNatureCode", "103", Digits(2)),
    Class("AdditionalDocument", "02A", kItemAdditionalDocument, kMany),
    Class("AdditionalInformation", "03A", kItemAdditionalInformation, kMany),
    Class("AEOMutualRecognitionParty", "16C", kAEOMutualRecognitionParty, kMany),
    Class("Buyer", "16A", kBuyer),
    Class("Commodity", "23A", kCommodity),
    Class("Consignee", "27A", kConsignee),
    Class("Consignor", "30A", kShipmentConsignor),
    Class("CustomsValuation", "41A", kItemCustomsValuation),
    Class("Destination", "99B", kDestination),
    Class("DomesticDutyTaxParty", "55B", kDomesticDutyTaxParty, kMany),
    Class("ExportCountry", "95B", kExportCountry),
    Class("GovernmentProcedure", "70A", kGovernmentProcedure, kMany),
    Class("Origin", "92A", kOrigin, kMany),
    Class("Packaging", "93A", kPackaging, kMany),
    Class("PreviousDocument", "99A", kPreviousDocument, kMany),
    Class("Seller", "09B", kSeller),
    Class("UCR", "35B", kUCR),
    Class("ValuationAdjustment", "39B", kValuationAdjustment),
};
constexpr auto kImporter = Trader("R037", "R038");
constexpr Element kInvoice[] = {
    Leaf("ID", "D016", Text(70)),
    Leaf("IssueDateTime", "D015", kDate),
};
constexpr auto kPayer = Party("R120", "R121");
constexpr auto kSurety = Party("R054", "R055");
constexpr Element kTradeTerms[] = {
    Leaf("ConditionCode", "090", Letters(3)), Leaf("CountryRelationshipCode", "106", Code(3)),
    Leaf("Description", "089", Text(70)),     Leaf("LocationID", "L002", Text(17)),
    Leaf("LocationName", "L001", Text(256)),
};
constexpr Element kWarehouse[] = {
    Leaf("ID", "L019", Text(35)),
    Leaf("TypeCode", "L112", Code(3)),
};
constexpr Element kShipment[] = {
    Leaf("ExitDateTime", "024", kDate),
    Leaf("TransactionNatureCode", "103", Digits(2)),
    Class("AEOMutualRecognitionParty", "16C", kAEOMutualRecognitionParty, kMany),
    Class("Buyer", "16A", kBuyer),
    Class("Consignee", "27A", kConsignee),
    Class("Consignment", "28A", kShipmentConsignment),
    Class("Consignor", "30A", kShipmentConsignor),
    Class("CustomsValuation", "41A", kCustomsValuation),
    Class("Destination", "99B", kDestination),
    Class("DomesticDutyTaxParty", "55B", kDomesticDutyTaxParty, kMany),
    Class("ExportCountry", "95B", kExportCountry),
    Class("GovernmentAgencyGoodsItem", "68A", kItem, UpTo(999)),
    Class("Importer", "74A", kImporter),
    Class("Invoice", "78A", kInvoice),
    Class("Payer", "56B", kPayer),
    Class("PreviousDocument", "99A", kPreviousDocument, kMany),
    Class("Seller", "09B", kSeller),
    Class("Surety", "19B", kSurety),
    Class("TradeTerms", "22B", kTradeTerms),
    Class("UCR", "35B", kUCR),
    Class("Warehouse", "43B", kWarehouse),
};
constexpr Element kGuaranteeOffice[] = {
    Leaf("ID", "G014", Text(17)),
};
constexpr Element kObligationGuarantee[] = {
    Leaf("AmountAmount", "492", kAmount), Leaf("ID", "D014", Text(70)),
    Leaf("ReferenceID", "100", Text(35)), Leaf("SecurityDetailsCode", "101", Code(3)),
    Leaf("AccessCode", "499", Code(4)),   Class("GuaranteeOffice", "14C", kGuaranteeOffice),
};
constexpr Element kPresentationOffice[] = {
    Leaf("ID", "G015", Text(17)),
};
constexpr Element kSupervisingOffice[] = {
    Leaf("ID", "G012", Text(17)),
};
constexpr Element kDeclaration[] = {
    Leaf("AcceptanceDateTime", "023", kDate),
    Leaf("FunctionCode", "017", Digits(2), kRequired),
    Leaf("FunctionalReferenceID", "D026", Text(35)),
    Leaf("ID", "D014", Text(70)),
    Leaf("IssueDateTime", "D011", kDate),
    Leaf("IssueLocationID", "D012", Text(5)),
    Leaf("TypeCode", "D013", Code(3)),
    Leaf("GoodsItemQuantity", "228", Measure(5, 0)),
    Leaf("DeclarationOfficeID", "065", Text(17)),
    Leaf("InvoiceAmount", "109", kAmount),
    Leaf("LoadingListQuantity", "013", Measure(5, 0)),
    Leaf("TotalGrossMassMeasure", "131", Measure(16, 6)),
    Leaf("TotalPackageQuantity", "146", Measure(8, 0)),
    Leaf("SpecificCircumstancesCodeCode", "504", Code(3)),
    Class("Authentication", "61B", kAuthentication),
    Class("Submitter", "17B", kSubmitter),
    Class("AdditionalDocument", "02A", kAdditionalDocument, kMany),
    Class("AdditionalInformation", "03A", kAdditionalInformation, kMany),
    Class("Agent", "05A", kAgent),
    Class("Amendment", "06A", kAmendment, kMany),
    Class("AuthorisationHolder", "17C", kAuthorisationHolder, kMany),
    Class("BorderTransportMeans", "15A", kBorderTransportMeans),
    Class("Consignment", "28A", kConsignment),
    Class("CurrencyExchange", "40A", kCurrencyExchange, kMany),
    Class("Declarant", "57B", kDeclarant),
    Class("ExitOffice", "56A", kExitOffice),
    Class("Exporter", "57A", kExporter),
    Class("GoodsShipment", "67A", kShipment),
    Class("ObligationGuarantee", "90A", kObligationGuarantee, kMany),
    Class("PresentationOffice", "15C", kPresentationOffice),
    Class("SupervisingOffice", "97B", kSupervisingOffice),
};

constexpr Element kDeclarationClass = Class("Declaration", "42A", kDeclaration, {.required = true});

constexpr Element kMetaData[] = {
    Leaf("WCODataModelVersionCode", "9010", Code(70)),
    Leaf("WCOTypeName", "9013", Text(70)),
    Leaf("ResponsibleCountryCode", "9014", Code(70)),
    Leaf("ResponsibleAgencyName", "9016", Text(70)),
    Leaf("AgencyAssignedCustomizationCode", "9000", Code(70)),
    Leaf("AgencyAssignedCustomizationVersionCode", "9017", Code(70)),
};

}  // namespace

const Element& DeclarationElement() { return kDeclarationClass; }

std::span<const Element> MetaDataElements() { return kMetaData; }

}  // namespace kp::wco
