#include "access/address_list.h"

#include "base/text.h"

#include <algorithm>

namespace trusthub::access {
namespace {

bool inside(const base::Cidr& inner, const base::Cidr& outer) {
    return inner.bits >= outer.bits && outer.contains(inner.base);
}

}  // namespace

std::optional<AddressList> AddressList::parse(const std::vector<std::string>& texts,
                                              std::size_t* bad) {
    AddressList list;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto network = base::Cidr::parse(texts[i]);
        if (!network) {
            if (bad) *bad = i;
            return std::nullopt;
        }
        if (std::ranges::find(list.networks_, *network) == list.networks_.end())
            list.networks_.push_back(*network);
    }
    return list;
}

AddressList AddressList::stored(std::string_view text) {
    AddressList list;
    if (text.empty()) return list;
    for (const auto part : base::split(text, ' ')) {
        // What cannot be read allows nothing, and the list stays a restriction.
        list.networks_.push_back(
            base::Cidr::parse(part).value_or(base::Cidr{base::IpAddress{true, {}}, 128}));
    }
    return list;
}

bool AddressList::allows(std::string_view address) const {
    if (networks_.empty()) return true;
    const auto parsed = base::IpAddress::parse(address);
    return parsed && std::ranges::any_of(networks_, [&](const base::Cidr& network) {
               return network.contains(*parsed);
           });
}

bool AddressList::within(const AddressList& other) const {
    if (other.empty()) return true;
    return !empty() && std::ranges::all_of(networks_, [&](const base::Cidr& inner) {
        return std::ranges::any_of(other.networks_,
                                   [&](const base::Cidr& outer) { return inside(inner, outer); });
    });
}

std::vector<std::string> AddressList::texts() const {
    std::vector<std::string> all;
    all.reserve(networks_.size());
    for (const auto& network : networks_) all.push_back(network.text());
    return all;
}

std::string AddressList::text() const {
    return base::join(texts(), " ");
}

}  // namespace trusthub::access
