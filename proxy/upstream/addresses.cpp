#include "upstream/addresses.hpp"

#include <algorithm>

namespace gemkeeper::proxy {

endpoint_list interleave_families(const endpoint_list& addresses) {
  endpoint_list by_family[2];
  if (addresses.empty()) return {};
  const bool first_is_v6 = addresses.front().address().is_v6();
  for (const auto& a : addresses)
    by_family[a.address().is_v6() != first_is_v6].push_back(a);
  endpoint_list result;
  for (std::size_t i = 0; result.size() < addresses.size(); ++i) {
    for (const endpoint_list& family : by_family) {
      if (i < family.size()) result.push_back(family[i]);
    }
  }
  return result;
}

// Shares the book with its owner: the lookup runs on a thread that nobody can stop.
struct address_book::resolved {
  std::shared_ptr<address_book> book;

  void operator()(const boost::system::error_code& error,
                  const resolver::results_type& found) const {
    book->looking_up_ = false;
    if (error) {
      book->problem_ = error.message();
    } else {
      book->problem_.clear();
      endpoint_list addresses;
      for (const auto& entry : found)
        addresses.push_back(entry.endpoint());
      book->addresses_ = interleave_families(addresses);
    }
    // After a failure, the next request asks again; a running refresh never delays one.
    const auto now = std::chrono::steady_clock::now();
    book->fresh_until_ = error ? now + std::chrono::seconds(1) : now + book->refresh_;
    const std::vector<signal*> waiting = std::exchange(book->waiting_, {});
    for (signal* s : waiting)
      s->notify();
  }
};

address_book::address_book(const executor& ex, std::string host, std::uint16_t port,
                           std::chrono::milliseconds refresh)
    : resolver_(ex), host_(std::move(host)), port_(port), refresh_(refresh) {
  boost::system::error_code not_numeric;
  const auto address = asio::ip::make_address(host_, not_numeric);
  if (not_numeric) return;
  addresses_ = {{address, port_}};
  fresh_until_ = steady_time::max();
}

void address_book::refresh(steady_time now) {
  if (looking_up_ || now < fresh_until_) return;
  looking_up_ = true;
  resolver_.async_resolve(host_, std::to_string(port_), resolved{shared_from_this()});
}

awaitable<endpoint_list> address_book::get(signal& owner) {
  refresh(std::chrono::steady_clock::now());
  while (addresses_.empty() && looking_up_ && owner.interrupted() == io_result::ok) {
    waiting_.push_back(&owner);
    co_await owner.wait();
    std::erase(waiting_, &owner);
  }
  co_return addresses_;
}

}  // namespace gemkeeper::proxy
