#include "mesh/telemetry/metrics.h"

#include <mutex>

#include "mesh/telemetry/process_metrics.h"
#include "prometheus/text_serializer.h"

namespace kp::telemetry {

struct Metrics::State {
  prometheus::Registry registry;
  std::mutex update_mutex;
  std::unique_ptr<ProcessMetrics> process;
};

Metrics::Metrics(std::string_view service) : state_(std::make_unique<State>()) {
  state_->process = std::make_unique<ProcessMetrics>(*this, service);
}

Metrics::~Metrics() = default;

prometheus::Counter& Metrics::AddCounter(const std::string& name, const std::string& help,
                                         const Labels& labels) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry).Add(labels);
}

prometheus::Gauge& Metrics::AddGauge(const std::string& name, const std::string& help,
                                     const Labels& labels) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry).Add(labels);
}

prometheus::Histogram& Metrics::AddHistogram(const std::string& name, const std::string& help,
                                             const Labels& labels,
                                             const std::vector<double>& edges) {
  return prometheus::BuildHistogram()
      .Name(name)
      .Help(help)
      .Register(state_->registry)
      .Add(labels, edges);
}

std::string Metrics::Text() const {
  {
    const std::lock_guard lock(state_->update_mutex);
    state_->process->Update();
  }
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace kp::telemetry
