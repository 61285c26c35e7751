#include "document/labels.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "document/reasons.h"
#include "scheme/certificate.h"

namespace kp::document {
namespace {

using Texts = std::array<std::string_view, kLabels>;

constexpr Texts kEnglish = {
    scheme::kTitleText,
    scheme::kStatementText,
    "Country of origin",
    "Language",
    "Certificate number",
    "Security",
    "Date of issuance",
    "Date of expiry",
    "Issuing authority",
    "Exporter",
    "Importer",
    "Carats",
    "Value (US$)",
    "Number of parcels",
    "HS code",
    "Validated by the exporting authority",
    "Date of validation",
    "Signature and stamp",
    "Total",
    "Place of import",
    "Seals",
    "In place of certificate",
    "Errors endorsed by the issuing authority",
    "Import confirmation",
    "Country of destination",
    "Identification of importer",
    "Date of receipt by importing authority",
    "Authentication by importing authority",
    "Signed code of this certificate. The print counts only as far as the code agrees with it.",
};

constexpr Texts kRussian = {
    "Сертификат Кимберлийского процесса",
    "Необработанные алмазы в настоящей партии прошли обработку в соответствии с положениями "
    "Системы "
    "сертификации Кимберлийского процесса для необработанных алмазов",
    "Страна происхождения",
    "Язык",
    "Номер сертификата",
    "Защита",
    "Дата выдачи",
    "Действителен до",
    "Выдавший орган",
    "Экспортёр",
    "Импортёр",
    "Масса (караты)",
    "Стоимость (долл. США)",
    "Количество посылок",
    "Код ГС",
    "Заверено экспортирующим органом",
    "Дата заверения",
    "Подпись и печать",
    "Итого",
    "Место ввоза",
    "Пломбы",
    "Взамен сертификата",
    "Ошибки, исправленные выдавшим органом",
    "Подтверждение ввоза",
    "Страна назначения",
    "Сведения об импортёре",
    "Дата получения импортирующим органом",
    "Удостоверение импортирующим органом",
    "Подписанный код сертификата. Напечатанное действительно лишь в той мере, в какой код с ним "
    "совпадает.",
};

constexpr Texts kFrench = {
    "Certificat du processus de Kimberley",
    "Les diamants bruts contenus dans ce lot ont été traités conformément aux dispositions du "
    "système "
    "de certification du processus de Kimberley pour les diamants bruts",
    "Pays d’origine",
    "Langue",
    "Numéro du certificat",
    "Sécurité",
    "Date de délivrance",
    "Date d’expiration",
    "Autorité de délivrance",
    "Exportateur",
    "Importateur",
    "Carats",
    "Valeur (USD)",
    "Nombre de colis",
    "Code SH",
    "Validé par l’autorité d’exportation",
    "Date de validation",
    "Signature et cachet",
    "Total",
    "Lieu d’importation",
    "Scellés",
    "En remplacement du certificat",
    "Erreurs rectifiées par l’autorité de délivrance",
    "Confirmation d’importation",
    "Pays de destination",
    "Identification de l’importateur",
    "Date de réception par l’autorité d’importation",
    "Authentification par l’autorité d’importation",
    "Code signé du certificat. L’imprimé ne vaut que dans la mesure où le code concorde avec lui.",
};

constexpr Texts kPortuguese = {
    "Certificado do Processo de Kimberley",
    "Os diamantes em bruto contidos nesta remessa foram tratados em conformidade com as "
    "disposições do "
    "Sistema de Certificação do Processo de Kimberley para os diamantes em bruto",
    "País de origem",
    "Língua",
    "Número do certificado",
    "Segurança",
    "Data de emissão",
    "Data de validade",
    "Autoridade emissora",
    "Exportador",
    "Importador",
    "Quilates",
    "Valor (USD)",
    "Número de lotes",
    "Código SH",
    "Validado pela autoridade de exportação",
    "Data de validação",
    "Assinatura e carimbo",
    "Total",
    "Local de importação",
    "Selos",
    "Em substituição do certificado",
    "Erros corrigidos pela autoridade emissora",
    "Confirmação da importação",
    "País de destino",
    "Identificação do importador",
    "Data de receção pela autoridade de importação",
    "Autenticação pela autoridade de importação",
    "Código assinado do certificado. O impresso só vale na medida em que o código com ele "
    "concorda.",
};

constexpr Texts kArabic = {
    "شهادة عملية كيمبرلي",
    "جرى التعامل مع الماس الخام في هذه الشحنة وفقا لأحكام نظام عملية كيمبرلي لإصدار شهادات الماس "
    "الخام",
    "بلد المنشأ",
    "اللغة",
    "رقم الشهادة",
    "الحماية",
    "تاريخ الإصدار",
    "تاريخ انتهاء الصلاحية",
    "سلطة الإصدار",
    "المصدّر",
    "المستورد",
    "القراريط",
    "القيمة (دولار أمريكي)",
    "عدد الطرود",
    "رمز النظام المنسق",
    "صدّقت عليها سلطة التصدير",
    "تاريخ التصديق",
    "التوقيع والختم",
    "المجموع",
    "مكان الاستيراد",
    "الأختام",
    "بدلا من الشهادة",
    "أخطاء صحّحتها سلطة الإصدار",
    "تأكيد الاستيراد",
    "بلد المقصد",
    "هوية المستورد",
    "تاريخ الاستلام لدى سلطة الاستيراد",
    "توثيق سلطة الاستيراد",
    "الرمز الموقّع للشهادة. لا يعتد بالمطبوع إلا بقدر ما يطابقه الرمز.",
};

constexpr Texts kSimplifiedChinese = {
    "金伯利进程证书",
    "本批货物中的毛坯钻石已按照金伯利进程毛坯钻石国际证书制度的规定处理",
    "原产国",
    "语言",
    "证书编号",
    "防伪",
    "签发日期",
    "有效期至",
    "签发机构",
    "出口商",
    "进口商",
    "克拉",
    "价值（美元）",
    "包裹数",
    "协调制度编码",
    "出口机构审验",
    "审验日期",
    "签字和盖章",
    "合计",
    "进口地",
    "封志",
    "替代证书",
    "签发机构批注的更正",
    "进口确认",
    "目的地国",
    "进口商身份",
    "进口机构收货日期",
    "进口机构认证",
    "本证书的签名码。印刷内容仅在与签名码一致时有效。",
};

constexpr bool Complete(const Texts& texts) {
  for (const std::string_view text : texts) {
    if (text.empty()) return false;
  }
  return true;
}
static_assert(Complete(kEnglish) && Complete(kRussian) && Complete(kFrench) &&
              Complete(kPortuguese) && Complete(kArabic) && Complete(kSimplifiedChinese));

}  // namespace

const Language& English() {
  static constexpr Language kLanguage = {"en", "English", kEnglish.data()};
  return kLanguage;
}

const std::vector<Language>& FurtherLanguages() {
  static const auto* const kLanguages = new std::vector<Language>{
      {"ar", "العربية", kArabic.data()},
      {"fr", "français", kFrench.data()},
      {"pt", "português", kPortuguese.data()},
      {"ru", "русский", kRussian.data()},
      {"zh-cn", "简体中文", kSimplifiedChinese.data()},
  };
  return *kLanguages;
}

absl::StatusOr<const Language*> FindLanguage(std::string_view tag) {
  const std::string wanted = absl::AsciiStrToLower(absl::string_view(tag.data(), tag.size()));
  const std::string primary = wanted.substr(0, wanted.find('-'));
  for (const std::string& candidate : {wanted, primary}) {
    for (const Language& language : FurtherLanguages()) {
      if (language.tag == candidate) return &language;
    }
  }
  std::vector<absl::string_view> tags;
  for (const Language& language : FurtherLanguages()) {
    tags.emplace_back(language.tag.data(), language.tag.size());
  }
  return FieldError({kLanguageUnknown, "language",
                     absl::StrCat("there are no labels for '", wanted,
                                  "' beside English, only for ", absl::StrJoin(tags, ", ")),
                     "F4"});
}

}  // namespace kp::document
