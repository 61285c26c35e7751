#include <algorithm>
#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "certificate-svc/archive/archive.h"
#include "certificate-svc/archive/lines.h"
#include "certificate-svc/archive/tables.h"
#include "certificate-svc/audit/auditor.h"
#include "certificate-svc/domain/environment.h"

namespace kp::certificate {
namespace {

absl::Status Incomplete(std::string_view what) {
  return MakeError(absl::StatusCode::kFailedPrecondition, kArchiveIncomplete, what);
}

absl::Status UnknownSchema(std::string_view what) {
  return MakeError(absl::StatusCode::kFailedPrecondition, kArchiveSchemaUnknown, what);
}

absl::StatusOr<std::string> ManifestIn(const nlohmann::json& line, const LineReader& lines) {
  std::string bytes;
  const nlohmann::json& text = line["manifest"];
  if (line.size() != 1 || !text.is_string() ||
      !absl::Base64Unescape(text.get<std::string>(), &bytes)) {
    return lines.Malformed("holds no manifest");
  }
  return bytes;
}

// What the lines said, to be compared with the manifest.
struct Seen {
  std::string name;
  int64_t rows = 0;
  TableDigest digest;
};

// One pass over the file, in the transaction that it fills.
class Importer final {
 public:
  Importer(std::istream& in, store::Transaction& tx, const statement::KeyLookup& keys)
      : lines_(in), tx_(tx), keys_(keys) {}

  absl::StatusOr<v1::ArchiveManifest> Run() {
    KP_RETURN_IF_ERROR(CheckEmpty());
    KP_ASSIGN_OR_RETURN(const auto shapes, ArchivedTables(tx_));
    for (const store::TableShape& shape : shapes) shapes_[shape.name] = shape;
    KP_ASSIGN_OR_RETURN(auto line, lines_.Next());
    if (lines_.line() != kArchiveHead) return lines_.Malformed("is not that of an archive");
    while (true) {
      KP_ASSIGN_OR_RETURN(line, lines_.Next());
      if (!line.has_value()) return Incomplete("the archive has no manifest: its end is missing");
      if (line->is_object() && line->contains("manifest")) break;
      KP_RETURN_IF_ERROR(line->is_object() ? BeginTable(*line) : AddRow(*line));
    }
    KP_ASSIGN_OR_RETURN(const v1::ArchiveManifest manifest, ReadManifest(*line));
    KP_ASSIGN_OR_RETURN(line, lines_.Next());
    if (line.has_value()) return lines_.Malformed("stands behind the manifest");
    KP_RETURN_IF_ERROR(Compare(manifest));
    KP_RETURN_IF_ERROR(CheckEvents(manifest));
    return manifest;
  }

 private:
  absl::Status CheckEmpty() {
    KP_ASSIGN_OR_RETURN(const auto found,
                        tx_.Query<std::string>("SELECT register_id FROM store_register LIMIT 1"));
    if (found.empty()) return absl::OkStatus();
    return MakeError(absl::StatusCode::kFailedPrecondition, kArchiveTargetNotEmpty,
                     absl::StrCat("the database holds the register ", found.front(), " already"));
  }

  absl::Status BeginTable(const nlohmann::json& head) {
    const auto name = head.find("table");
    const auto columns = head.find("columns");
    if (head.size() != 2 || name == head.end() || !name->is_string() || columns == head.end() ||
        !columns->is_array()) {
      return lines_.Malformed("is neither a table's, a row nor the manifest");
    }
    const auto shape = shapes_.find(name->get<std::string>());
    if (shape == shapes_.end()) {
      return UnknownSchema(absl::StrCat("there is no table ", name->get<std::string>()));
    }
    columns_.clear();
    std::vector<std::string> names;
    for (const nlohmann::json& column : *columns) {
      if (!column.is_string()) return lines_.Malformed("names a column by no text");
      const auto* const known = shape->second.Find(column.get<std::string>());
      if (known == nullptr) {
        return UnknownSchema(absl::StrCat("the table ", shape->first, " has no column ",
                                          column.get<std::string>()));
      }
      columns_.push_back(*known);
      names.push_back(known->name);
    }
    if (names.empty()) return lines_.Malformed("is of a table without columns");
    for (const Seen& before : seen_) {
      if (before.name == shape->first) return lines_.Malformed("begins a table a second time");
    }
    seen_.emplace_back().name = shape->first;
    seen_.back().digest.Add(lines_.line());
    insert_ = absl::StrCat("INSERT INTO ", shape->first, " (", absl::StrJoin(names, ", "),
                           ") VALUES (",
                           absl::StrJoin(std::vector<std::string>(names.size(), "?"), ", "), ")");
    // What a fresh database begins with: counters at zero. Events admit no DELETE and have no rows.
    KP_ASSIGN_OR_RETURN(const auto rows,
                        tx_.QueryOne<int64_t>(absl::StrCat("SELECT COUNT(*) FROM ", shape->first)));
    if (rows.value_or(0) == 0) return absl::OkStatus();
    return tx_.Execute(absl::StrCat("DELETE FROM ", shape->first)).status();
  }

  absl::Status AddRow(const nlohmann::json& row) {
    if (!row.is_array() || seen_.empty() || row.size() != columns_.size()) {
      return lines_.Malformed("is no row of the table that it stands in");
    }
    std::vector<store::Param> params;
    for (size_t i = 0; i < row.size(); ++i) {
      const nlohmann::json& cell = row[i];
      if (cell.is_null()) {
        params.emplace_back(std::nullopt);
      } else if (columns_[i].number && cell.is_number_integer()) {
        params.emplace_back(cell.get<int64_t>());
      } else if (!columns_[i].number && cell.is_string()) {
        params.emplace_back(cell.get<std::string>());
      } else {
        return lines_.Malformed(absl::StrCat("has another kind of value as ", columns_[i].name));
      }
    }
    seen_.back().digest.Add(lines_.line());
    ++seen_.back().rows;
    return tx_.ExecuteWith(insert_, std::move(params)).status();
  }

  absl::StatusOr<v1::ArchiveManifest> ReadManifest(const nlohmann::json& line) {
    KP_ASSIGN_OR_RETURN(const std::string bytes, ManifestIn(line, lines_));
    KP_ASSIGN_OR_RETURN(const statement::Statement parsed, statement::Statement::Parse(bytes));
    KP_ASSIGN_OR_RETURN(const statement::Statement checked,
                        CheckSigned(bytes, ArchiveContentType(), parsed.issuer(), keys_));
    KP_ASSIGN_OR_RETURN(auto manifest, statement::DecodePayload<v1::ArchiveManifest>(checked));
    if (manifest.register_id() != checked.issuer()) {
      return Incomplete(absl::StrCat(checked.issuer(), " has signed for the register of ",
                                     manifest.register_id()));
    }
    return manifest;
  }

  absl::Status Compare(const v1::ArchiveManifest& manifest) {
    for (int i = 0; i < manifest.tables_size() || i < static_cast<int>(seen_.size()); ++i) {
      if (i >= static_cast<int>(seen_.size())) {
        return Incomplete(absl::StrCat("the table ", manifest.tables(i).name(), " is missing"));
      }
      const Seen& seen = seen_[static_cast<size_t>(i)];
      if (i >= manifest.tables_size() || manifest.tables(i).name() != seen.name) {
        return Incomplete(absl::StrCat("the table ", seen.name, " is not where the manifest says"));
      }
      const v1::ArchiveTable& table = manifest.tables(i);
      if (table.rows() != seen.rows) {
        return Incomplete(absl::StrCat("the table ", seen.name, " has ", seen.rows, " rows, not ",
                                       table.rows()));
      }
      if (table.digest() != seen.digest.value()) {
        return Incomplete(
            absl::StrCat("a row of the table ", seen.name, " is not as it was archived"));
      }
    }
    KP_ASSIGN_OR_RETURN(const auto components, ComponentsOf(tx_));
    for (const v1::ArchiveComponent& component : manifest.components()) {
      const bool known = std::any_of(components.begin(), components.end(), [&](const auto& own) {
        return own.name() == component.name() && own.version() >= component.version();
      });
      if (!known) {
        return UnknownSchema(absl::StrCat("the archive is of ", component.name(), " version ",
                                          component.version()));
      }
    }
    return absl::OkStatus();
  }

  // The sequence that the manifest promises, without a gap.
  absl::Status CheckEvents(const v1::ArchiveManifest& manifest) {
    KP_ASSIGN_OR_RETURN(
        const auto events,
        (tx_.QueryOne<int64_t, int64_t, int64_t>(
            "SELECT COUNT(*), COALESCE(MIN(sequence), 0), COALESCE(MAX(sequence), 0) "
            "FROM store_event WHERE register_id = ?",
            manifest.register_id())));
    const auto& [count, first, last] = *events;
    KP_ASSIGN_OR_RETURN(const auto head,
                        (tx_.QueryOne<int64_t, store::Bytes>(
                            "SELECT last_sequence, chain FROM store_register "
                            "WHERE register_id = ?",
                            manifest.register_id())));
    if (first != manifest.first_sequence() || last != manifest.last_sequence() ||
        count != last - first + 1 || !head.has_value() ||
        std::get<0>(*head) != manifest.last_sequence() ||
        std::get<1>(*head).value != manifest.chain()) {
      return Incomplete(absl::StrCat("the events are not those from ", manifest.first_sequence(),
                                     " to ", manifest.last_sequence()));
    }
    return absl::OkStatus();
  }

  LineReader lines_;
  store::Transaction& tx_;
  const statement::KeyLookup& keys_;
  std::map<std::string, store::TableShape> shapes_;
  std::vector<store::TableShape::Column> columns_;  // of the table being read
  std::string insert_;
  std::vector<Seen> seen_;
};

}  // namespace

absl::StatusOr<v1::ArchiveManifest> ImportArchive(std::istream& in, store::Database& database,
                                                  const statement::KeyLookup& keys) {
  v1::ArchiveManifest manifest;
  KP_RETURN_IF_ERROR(database.Write([&](store::Transaction& tx) -> absl::Status {
    in.clear();
    in.seekg(0);
    KP_ASSIGN_OR_RETURN(manifest, Importer(in, tx, keys).Run());
    return absl::OkStatus();
  }));
  return manifest;
}

absl::StatusOr<std::string> ReadSignedManifest(std::istream& in) {
  LineReader lines(in);
  KP_ASSIGN_OR_RETURN(auto line, lines.Next());
  if (lines.line() != kArchiveHead) return lines.Malformed("is not that of an archive");
  while (line.has_value()) {
    if (line->is_object() && line->contains("manifest")) return ManifestIn(*line, lines);
    KP_ASSIGN_OR_RETURN(line, lines.Next());
  }
  return Incomplete("the archive has no manifest: its end is missing");
}

}  // namespace kp::certificate
