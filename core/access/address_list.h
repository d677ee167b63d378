// AddressList: the networks from which a key may be used.
#pragma once

#include "base/ip_address.h"

#include <boost/container/small_vector.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::access {

/// IPv4-mapped addresses are the IPv4 addresses that they carry, on both sides.
class AddressList {
public:
    AddressList() = default;

    /// Addresses and CIDRs in their textual forms; null and `bad` the index of the first that is
    /// none (one with bits beyond its prefix among them). Repetitions are dropped.
    static std::optional<AddressList> parse(const std::vector<std::string>& texts,
                                            std::size_t* bad = nullptr);
    /// As text() wrote it.
    static AddressList stored(std::string_view text);

    bool empty() const { return networks_.empty(); }
    /// An empty list allows everything; text that is no address is allowed by an empty list only.
    bool allows(std::string_view address) const;
    /// Nothing in this list is outside `other`. [an empty list is everything]
    bool within(const AddressList& other) const;

    std::vector<std::string> texts() const;  ///< canonical, an address without its full prefix
    std::string text() const;                ///< the same, with blanks between
    bool operator==(const AddressList& other) const { return texts() == other.texts(); }

private:
    /// Few lists are longer; these lie where the key lies.
    boost::container::small_vector<base::Cidr, 2> networks_;
};

}  // namespace trusthub::access
