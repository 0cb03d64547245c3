// Grows at its end, and nothing in it ever moves. In blocks of many, as with thousands of members
// the table of blocks has to stay in the caches too, and what lies close together is soon fetched.
#pragma once

#include <boost/container/deque.hpp>

namespace gemkeeper::pool::detail {

template <class T>
using stable_list =
    boost::container::deque<T, void,
                            boost::container::deque_options_t<boost::container::block_size<64U>>>;

}  // namespace gemkeeper::pool::detail
