#include "participant-svc/store/document_store.h"

#include "base/error.h"
#include "mesh/statement/keys.h"

namespace kp::participant {
namespace {

using store::Bytes;

class DatabaseDocumentStore final : public trust::DocumentStore {
 public:
  explicit DatabaseDocumentStore(store::Database& database) : database_(database) {}

  absl::StatusOr<trust::StoredDocuments> Load() override {
    trust::StoredDocuments documents;
    KP_RETURN_IF_ERROR(database_.Read([&](store::ReadSession& session) -> absl::Status {
      documents = {};
      KP_ASSIGN_OR_RETURN(const std::vector<Bytes> roots,
                          session.Query<Bytes>("SELECT document FROM trust_root ORDER BY version"));
      for (const Bytes& root : roots) documents.roots.push_back(root.value);
      KP_ASSIGN_OR_RETURN(const auto manifest, (session.QueryOne<int64_t, Bytes>(
                                                   "SELECT version, document FROM trust_manifest "
                                                   "ORDER BY version DESC LIMIT 1")));
      if (manifest.has_value()) {
        documents.manifest = std::get<1>(*manifest).value;
        KP_ASSIGN_OR_RETURN(
            const std::vector<Bytes> parts,
            session.Query<Bytes>("SELECT p.content FROM trust_part p JOIN trust_manifest_part m "
                                 "ON m.digest = p.digest WHERE m.manifest = ?",
                                 std::get<0>(*manifest)));
        for (const Bytes& part : parts) {
          documents.parts.emplace(statement::Sha256(part.value), part.value);
        }
      }
      KP_ASSIGN_OR_RETURN(const auto freshness,
                          session.QueryOne<Bytes>("SELECT statement FROM trust_freshness"));
      if (freshness.has_value()) documents.freshness = freshness->value;
      KP_ASSIGN_OR_RETURN(
          const std::vector<Bytes> denials,
          session.Query<Bytes>("SELECT statement FROM trust_denial ORDER BY position"));
      for (const Bytes& denial : denials) documents.denials.push_back(denial.value);
      return absl::OkStatus();
    }));
    return documents;
  }

  absl::Status SaveRoot(uint32_t version, const std::string& root) override {
    return database_.Write([&](store::Transaction& tx) {
      return tx
          .Execute("INSERT INTO trust_root (version, document, record_time) VALUES (?, ?, ?)",
                   version, Bytes{root}, database_.clock().Now())
          .status();
    });
  }

  absl::Status SaveManifest(uint64_t version, const std::string& manifest,
                            const std::map<std::string, std::string>& parts) override {
    return database_.Write([&](store::Transaction& tx) -> absl::Status {
      KP_RETURN_IF_ERROR(
          tx.Execute("INSERT INTO trust_manifest (version, document, record_time) VALUES (?, ?, ?)",
                     version, Bytes{manifest}, database_.clock().Now())
              .status());
      for (const auto& [digest, part] : parts) {
        const std::string name = statement::ToHex(digest);
        KP_RETURN_IF_ERROR(tx.Execute("INSERT INTO trust_part (digest, content) VALUES (?, ?) "
                                      "ON CONFLICT DO NOTHING",
                                      name, Bytes{part})
                               .status());
        KP_RETURN_IF_ERROR(
            tx.Execute("INSERT INTO trust_manifest_part (manifest, digest) VALUES (?, ?)", version,
                       name)
                .status());
      }
      return absl::OkStatus();
    });
  }

  absl::Status SaveFreshness(const std::string& freshness,
                             const std::vector<std::string>& denials) override {
    return database_.Write([&](store::Transaction& tx) -> absl::Status {
      KP_RETURN_IF_ERROR(
          tx.Execute("INSERT INTO trust_freshness (slot, statement) VALUES (1, ?) "
                     "ON CONFLICT (slot) DO UPDATE SET statement = excluded.statement",
                     Bytes{freshness})
              .status());
      KP_RETURN_IF_ERROR(tx.Execute("DELETE FROM trust_denial").status());
      int64_t position = 0;
      for (const std::string& denial : denials) {
        KP_RETURN_IF_ERROR(
            tx.Execute("INSERT INTO trust_denial (position, statement) VALUES (?, ?)", position++,
                       Bytes{denial})
                .status());
      }
      return absl::OkStatus();
    });
  }

 private:
  store::Database& database_;
};

}  // namespace

std::unique_ptr<trust::DocumentStore> MakeDocumentStore(store::Database& database) {
  return std::make_unique<DatabaseDocumentStore>(database);
}

}  // namespace kp::participant
