// Whole lists from paged methods (AIP-158).
#pragma once

#include "kpctl/connection.h"

namespace kp::kpctl {

// Asks until there is no next page; `merge(all, page)` moves the items of a page to those before.
// The result is the first response with the items of all and no token.
template <class Stub, class Request, class Response, class Merge>
absl::StatusOr<Response> AllPages(Connection& connection,
                                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                               Response*),
                                  Request request, Merge merge) {
  absl::StatusOr<Response> all = connection.Call(method, request);
  while (all.ok() && !all->next_page_token().empty()) {
    request.set_page_token(all->next_page_token());
    absl::StatusOr<Response> page = connection.Call(method, request);
    if (!page.ok()) return page.status();
    merge(*all, *page);
    all->set_next_page_token(page->next_page_token());
  }
  return all;
}

}  // namespace kp::kpctl
