// Metrics of one process. Handles are made at start and used afterwards without a lookup.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace kp::telemetry {

using Labels = std::map<std::string, std::string>;

// Thread-safe. Handles live as long as this. The same name and labels give the same handle; a name
// used for two kinds of metric is a programming error and throws at start.
class Metrics final {
 public:
  // Has process metrics (files, memory, CPU, start) and build info from the beginning.
  explicit Metrics(std::string_view service);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  prometheus::Counter& AddCounter(const std::string& name, const std::string& help,
                                  const Labels& labels = {});
  prometheus::Gauge& AddGauge(const std::string& name, const std::string& help,
                              const Labels& labels = {});
  // Bucket edges in the metric's unit, rising.
  prometheus::Histogram& AddHistogram(const std::string& name, const std::string& help,
                                      const Labels& labels, const std::vector<double>& edges);

  // The Prometheus text format.
  std::string Text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kp::telemetry
