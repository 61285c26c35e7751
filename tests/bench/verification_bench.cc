// Signed verification answers per second of a running certificate-svc, beside a bare gRPC callback
// server that signs 600 bytes, both over mutual TLS, in interleaved rounds of one run.
//
//   verification_bench seed COUNT DATABASE     fills a register with copies of its BW0000001
//   verification_bench issued COUNT DATABASE   the same, issued and not yet validated
//   verification_bench bare FILE [ADDRESS]     serves the yardstick, writes its address to FILE;
//   with
//                                              BW's own address it is an issuer that answers
//                                              nonsense
//   verification_bench load ADDRESS BARE COUNT measures; KP_DEMO_DIR names the kept demo
//   verification_bench validate ADDRESS BARE   durable validations per second; seeded with `issued`
//   verification_bench batch ADDRESS COUNT     certificates per second that the home at ADDRESS
//                                              verifies for an officer: one by one, and 1,000 a
//                                              call
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/error.h"
#include "base/random.h"
#include "certificate-svc/store/certificates.h"
#include "certificate-svc/store/schema.h"
#include "grpcpp/server_builder.h"
#include "kp/certificate/v1/exchange_service.grpc.pb.h"
#include "kp/certificate/v1/register_service.grpc.pb.h"
#include "kp/certificate/v1/statements.pb.h"
#include "kp/certificate/v1/verification_service.grpc.pb.h"
#include "mesh/outbox/outbox.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/signer.h"
#include "mesh/store/database.h"
#include "mesh/tls/policy.h"
#include "mesh/tls/testing.h"
#include "tests/integration/mesh_env.h"

namespace kp::bench {
namespace {

namespace pb = ::kp::certificate::v1;
using Steady = std::chrono::steady_clock;

constexpr int kInFlight = 64;
constexpr int kRounds = 5;
constexpr std::chrono::seconds kRound{2};

std::string NumberOf(int i) { return absl::StrFormat("BW5%07d", i); }
std::string IssuedNumberOf(int i) { return absl::StrFormat("BW6%07d", i); }

absl::Status Seed(bool issued, int count, const std::string& path) {
  store::Options options;
  options.connection = "sqlite3://" + path;
  KP_ASSIGN_OR_RETURN(auto database, store::Database::Open(options, SystemClock(),
                                                           {outbox::OutboxSchema(),
                                                            certificate::CertificateSchema()}));
  std::optional<certificate::CertificateRow> model;
  KP_RETURN_IF_ERROR(database->Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(model, certificate::FindByNumber(session, "BW0000001"));
    return absl::OkStatus();
  }));
  if (!model.has_value()) return absl::NotFoundError("the register has no BW0000001");
  constexpr int kBatch = 500;
  for (int start = 0; start < count; start += kBatch) {
    KP_RETURN_IF_ERROR(database->Write([&](store::Transaction& tx) -> absl::Status {
      for (int i = start; i < std::min(start + kBatch, count); ++i) {
        pb::Certificate copy = model->certificate;
        copy.set_number(issued ? IssuedNumberOf(i) : NumberOf(i));
        copy.set_printed_number(copy.number());
        copy.set_application_id("bench-" + copy.number());
        copy.set_state(issued ? pb::CERTIFICATE_STATE_ISSUED : pb::CERTIFICATE_STATE_EXPORTED);
        if (issued) {
          for (const char* field : {"validating_authority", "validation_date", "export_date",
                                    "validated_by", "statement", "attestations"}) {
            copy.GetReflection()->ClearField(&copy, copy.GetDescriptor()->FindFieldByName(field));
          }
        }
        KP_RETURN_IF_ERROR(certificate::InsertCertificate(tx, copy));
      }
      return absl::OkStatus();
    }));
  }
  std::printf("%d certificates in the register\n", count);
  return absl::OkStatus();
}

// The yardstick: no register, no rules, no table of roles; one signature over 600 bytes.
class BareService final : public pb::ExchangeService::CallbackService {
 public:
  explicit BareService(const statement::Signer& signer) : signer_(signer) {}
  grpc::ServerUnaryReactor* AnswerVerification(grpc::CallbackServerContext* context,
                                               const pb::AnswerVerificationRequest*,
                                               pb::AnswerVerificationResponse* response) override {
    std::string answer(600, 'x');
    auto signature = signer_.Sign(answer);
    if (signature.ok()) response->set_answer(answer + *signature);
    auto* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const statement::Signer& signer_;
};

absl::Status Bare(const std::string& file, const std::string& address) {
  const integration::DemoMesh mesh;
  tls::CertificateSpec spec = integration::SoundSpec("spiffe://bw.kp.example/certificate-svc");
  spec.extended_key_usage = "serverAuth,clientAuth";
  const tls::IssuedLeaf leaf = integration::SignBy(mesh.Ca("bw.kp.example"), spec);
  KP_ASSIGN_OR_RETURN(auto key, statement::PrivateKey::Generate());
  const statement::LocalSigner signer(std::move(key));
  BareService service(signer);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, tls::testing::LawlessServer(leaf), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  if (server == nullptr) return absl::UnavailableError("the yardstick did not start");
  std::ofstream(file + ".new") << "127.0.0.1:" << port;
  std::rename((file + ".new").c_str(), file.c_str());
  server->Wait();
  return absl::OkStatus();
}

struct Figures {
  double per_second = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  int errors = 0;
};

// Keeps kInFlight calls going for one round. `start` begins a call and says through its argument
// whether it ended well.
class Load final {
 public:
  using Done = std::function<void(bool good)>;
  explicit Load(std::function<void(Done)> start) : start_(std::move(start)) {}

  Figures Run(std::chrono::seconds time) {
    latencies_.clear();
    errors_ = 0;
    end_ = Steady::now() + time;
    running_ = kInFlight;
    const auto start = Steady::now();
    for (int i = 0; i < kInFlight; ++i) Next();
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [&] { return running_ == 0; });
    const std::chrono::duration<double> took = Steady::now() - start;
    Figures figures;
    figures.errors = errors_;
    if (latencies_.empty()) return figures;
    std::sort(latencies_.begin(), latencies_.end());
    figures.per_second = static_cast<double>(latencies_.size()) / took.count();
    figures.p50_ms = latencies_[latencies_.size() / 2];
    figures.p99_ms = latencies_[latencies_.size() * 99 / 100];
    return figures;
  }

 private:
  void Next() {
    start_([this, begun = Steady::now()](bool good) {
      const auto now = Steady::now();
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (good) {
          latencies_.push_back(std::chrono::duration<double, std::milli>(now - begun).count());
        } else {
          ++errors_;
        }
        if (now >= end_) {
          if (--running_ == 0) done_.notify_all();
          return;
        }
      }
      Next();
    });
  }

  const std::function<void(Done)> start_;
  std::mutex mutex_;
  std::condition_variable done_;
  int running_ = 0;
  int errors_ = 0;
  Steady::time_point end_;
  std::vector<double> latencies_;
};

template <class Request, class Response>
struct Call {
  grpc::ClientContext context;
  Request request;
  Response response;
};
template <class Request, class Response>
std::shared_ptr<Call<Request, Response>> NewCall() {
  auto call = std::make_shared<Call<Request, Response>>();
  call->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  return call;
}

// Asks a server for signed answers.
std::function<void(Load::Done)> Asking(std::shared_ptr<grpc::Channel> channel,
                                       const std::vector<std::string>& questions) {
  const std::shared_ptr<pb::ExchangeService::Stub> stub =
      pb::ExchangeService::NewStub(std::move(channel));
  const auto next = std::make_shared<std::atomic<size_t>>(0);
  return [stub, next, &questions](const Load::Done& done) {
    const auto call = NewCall<pb::AnswerVerificationRequest, pb::AnswerVerificationResponse>();
    call->request.set_question(questions[(*next)++ % questions.size()]);
    stub->async()->AnswerVerification(&call->context, &call->request, &call->response,
                                      [call, done](const grpc::Status& status) {
                                        done(status.ok() && !call->response.answer().empty());
                                      });
  };
}

// Validates certificates that were issued, each once: durable, signed, in the register's events.
std::function<void(Load::Done)> Validating(std::shared_ptr<grpc::Channel> channel) {
  const std::shared_ptr<pb::RegisterService::Stub> stub =
      pb::RegisterService::NewStub(std::move(channel));
  const auto next = std::make_shared<std::atomic<int>>(0);
  return [stub, next](const Load::Done& done) {
    const auto call = NewCall<pb::ValidateCertificateRequest, pb::ValidateCertificateResponse>();
    call->request.set_request_id(SystemIds().NewUuid());
    call->request.set_number(IssuedNumberOf((*next)++));
    stub->async()->ValidateCertificate(
        &call->context, &call->request, &call->response, [call, done](const grpc::Status& status) {
          done(status.ok() &&
               call->response.certificate().state() == pb::CERTIFICATE_STATE_VALIDATED);
        });
  };
}

absl::StatusOr<std::vector<std::string>> Questions(int count) {
  std::mt19937 random(1);
  std::vector<std::string> questions;
  for (int i = 0; i < 20'000; ++i) {
    pb::Question question;
    question.set_nonce(std::string(16, static_cast<char>('a' + i % 26)));
    question.set_number(NumberOf(static_cast<int>(random() % static_cast<unsigned>(count))));
    question.set_purpose(pb::PURPOSE_IMPORT);
    pb::Line& line = *question.mutable_paper()->add_lines();
    line.set_hs_code("710231");
    line.set_carats_thousandths(1'250'500);
    line.set_value_usd_cents(18'750'000);
    question.mutable_ask_time()->set_seconds(absl::ToUnixSeconds(SystemClock().Now()));
    KP_ASSIGN_OR_RETURN(std::string bytes, statement::EncodePayload(question));
    questions.push_back(std::move(bytes));
  }
  return questions;
}

Figures Median(std::vector<Figures> rounds) {
  std::sort(rounds.begin(), rounds.end(),
            [](const Figures& a, const Figures& b) { return a.per_second < b.per_second; });
  return rounds[rounds.size() / 2];
}

// `act`: "answers" of a register of `count` certificates, or "validate".
absl::Status Measure(const std::string& act, const std::string& address,
                     const std::string& bare_address, int count) {
  const integration::DemoMesh mesh;
  const tls::IssuedLeaf leaf =
      integration::SoundLeaf(mesh.Ca("eu.kp.example"), "spiffe://eu.kp.example/certificate-svc");
  const tls::IssuedLeaf officer =
      integration::SoundLeaf(mesh.Ca("bw.kp.example"), "spiffe://bw.kp.example/officer/validator");
  KP_ASSIGN_OR_RETURN(const std::vector<std::string> questions, Questions(count));
  Load service(act == "validate" ? Validating(integration::ChannelAs(address, &officer))
                                 : Asking(integration::ChannelAs(address, &leaf), questions));
  Load bare(Asking(integration::ChannelAs(bare_address, &leaf), questions));
  service.Run(std::chrono::seconds(1));
  bare.Run(std::chrono::seconds(1));
  std::vector<Figures> ours;
  std::vector<Figures> theirs;
  std::vector<double> ratios;
  int errors = 0;
  std::printf("%-8s %26s   %26s   %s\n", "round", "certificate-svc /s p50 p99",
              "bare server /s p50 p99", "ratio");
  for (int i = 0; i < kRounds; ++i) {
    ours.push_back(service.Run(kRound));
    theirs.push_back(bare.Run(kRound));
    errors += ours.back().errors + theirs.back().errors;
    ratios.push_back(ours.back().per_second / theirs.back().per_second);
    std::printf("%-8d %10.0f %7.2f %7.2f   %10.0f %7.2f %7.2f   %.2f\n", i + 1,
                ours.back().per_second, ours.back().p50_ms, ours.back().p99_ms,
                theirs.back().per_second, theirs.back().p50_ms, theirs.back().p99_ms,
                ratios.back());
  }
  std::sort(ratios.begin(), ratios.end());
  const Figures a = Median(ours);
  const Figures b = Median(theirs);
  std::printf("median   %10.0f %7.2f %7.2f   %10.0f %7.2f %7.2f   %.2f\n", a.per_second, a.p50_ms,
              a.p99_ms, b.per_second, b.p50_ms, b.p99_ms, ratios[ratios.size() / 2]);
  std::printf("errors   %d\n", errors);
  return errors == 0 ? absl::OkStatus() : absl::InternalError("calls failed");
}

// What an officer waits for: home and issuer, two hops, evidence on disk.
absl::Status Batches(const std::string& address, int count) {
  const integration::DemoMesh mesh;
  const tls::IssuedLeaf leaf =
      integration::SoundLeaf(mesh.Ca("eu.kp.example"), "spiffe://eu.kp.example/officer/verifier");
  const auto stub = pb::VerificationService::NewStub(integration::ChannelAs(address, &leaf));
  int next = 0;
  const auto question = [&] {
    pb::VerifyCertificateRequest request;
    request.set_number(NumberOf(next++ % count));
    request.set_purpose(pb::PURPOSE_AUDIT);
    pb::Line& line = *request.mutable_paper()->add_lines();
    line.set_hs_code("710231");
    line.set_carats_thousandths(1'250'500);
    line.set_value_usd_cents(18'750'000);
    return request;
  };
  constexpr int kBatch = 1000;
  const auto context = [](grpc::ClientContext& call) {
    call.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  };
  std::vector<double> ratios;
  std::printf("%-8s %16s %16s   %s\n", "round", "one by one /s", "1000 a call /s", "ratio");
  for (int round = 0; round <= kRounds; ++round) {  // the first warms up
    int single = 0;
    const auto start = Steady::now();
    while (Steady::now() - start < kRound) {
      grpc::ClientContext call;
      context(call);
      pb::VerifyCertificateResponse response;
      const grpc::Status status = stub->VerifyCertificate(&call, question(), &response);
      if (!status.ok() || response.reachability() != pb::REACHABILITY_ANSWERED) {
        return absl::InternalError("one by one failed: " + status.error_message());
      }
      ++single;
    }
    const std::chrono::duration<double> single_took = Steady::now() - start;
    int batched = 0;
    const auto batch_start = Steady::now();
    while (Steady::now() - batch_start < kRound) {
      grpc::ClientContext call;
      context(call);
      pb::BatchVerifyCertificatesRequest request;
      for (int i = 0; i < kBatch; ++i) *request.add_requests() = question();
      pb::BatchVerifyCertificatesResponse response;
      const grpc::Status status = stub->BatchVerifyCertificates(&call, request, &response);
      for (const pb::BatchVerifyCertificatesItem& item : response.items()) {
        batched += item.response().reachability() == pb::REACHABILITY_ANSWERED ? 1 : 0;
      }
      if (!status.ok() || batched % kBatch != 0) {
        return absl::InternalError("a batch failed: " + status.error_message());
      }
    }
    const std::chrono::duration<double> batch_took = Steady::now() - batch_start;
    if (round == 0) continue;
    const double a = single / single_took.count();
    const double b = batched / batch_took.count();
    ratios.push_back(b / a);
    std::printf("%-8d %16.0f %16.0f   %.1f\n", round, a, b, b / a);
  }
  std::sort(ratios.begin(), ratios.end());
  std::printf("median ratio %.1f\n", ratios[ratios.size() / 2]);
  return absl::OkStatus();
}

absl::Status Main(const std::vector<std::string>& args) {
  KP_RETURN_IF_ERROR(tls::InstallTlsPolicy());
  if (args.size() == 3 && args[0] == "seed")
    return Seed(false, std::atoi(args[1].c_str()), args[2]);
  if (args.size() == 3 && args[0] == "issued") {
    return Seed(true, std::atoi(args[1].c_str()), args[2]);
  }
  if (args.size() == 2 && args[0] == "bare") return Bare(args[1], "127.0.0.1:0");
  if (args.size() == 3 && args[0] == "bare") return Bare(args[1], args[2]);
  if (args.size() == 4 && args[0] == "load") {
    return Measure("answers", args[1], args[2], std::atoi(args[3].c_str()));
  }
  if (args.size() == 3 && args[0] == "validate") return Measure(args[0], args[1], args[2], 1);
  if (args.size() == 3 && args[0] == "batch") return Batches(args[1], std::atoi(args[2].c_str()));
  return absl::InvalidArgumentError("see the head of verification_bench.cc");
}

}  // namespace
}  // namespace kp::bench

int main(int argc, char** argv) {
  const absl::Status status = kp::bench::Main({argv + 1, argv + argc});
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}
