#include "access/address_list.h"

#include "base/text.h"

#include <algorithm>

namespace trusthub::access {
namespace {

std::string textOf(const http::Cidr& network) {
    const int width = network.base.v6 ? 128 : 32;
    const std::string base = network.base.text();
    return network.bits == width ? base : base + "/" + std::to_string(network.bits);
}

bool inside(const http::Cidr& inner, const http::Cidr& outer) {
    return inner.bits >= outer.bits && outer.contains(inner.base);
}

}  // namespace

std::optional<AddressList> AddressList::parse(const std::vector<std::string>& texts,
                                              std::size_t* bad) {
    AddressList list;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto network = http::Cidr::parse(texts[i]);
        if (!network) {
            if (bad) *bad = i;
            return std::nullopt;
        }
        const bool known = std::ranges::any_of(list.networks_, [&](const http::Cidr& one) {
            return one.bits == network->bits && one.base == network->base;
        });
        if (!known) list.networks_.push_back(*network);
    }
    return list;
}

AddressList AddressList::stored(std::string_view text) {
    AddressList list;
    if (text.empty()) return list;
    for (const auto part : base::split(text, ' ')) {
        // What cannot be read allows nothing, and the list stays a restriction.
        list.networks_.push_back(
            http::Cidr::parse(part).value_or(http::Cidr{http::IpAddress{true, {}}, 128}));
    }
    return list;
}

bool AddressList::allows(std::string_view address) const {
    if (networks_.empty()) return true;
    const auto parsed = http::IpAddress::parse(address);
    return parsed && std::ranges::any_of(networks_, [&](const http::Cidr& network) {
               return network.contains(*parsed);
           });
}

bool AddressList::within(const AddressList& other) const {
    if (other.empty()) return true;
    return !empty() && std::ranges::all_of(networks_, [&](const http::Cidr& inner) {
        return std::ranges::any_of(other.networks_,
                                   [&](const http::Cidr& outer) { return inside(inner, outer); });
    });
}

std::vector<std::string> AddressList::texts() const {
    std::vector<std::string> all;
    all.reserve(networks_.size());
    for (const auto& network : networks_) all.push_back(textOf(network));
    return all;
}

std::string AddressList::text() const {
    std::string all;
    for (const auto& network : networks_)
        all.append(all.empty() ? "" : " ").append(textOf(network));
    return all;
}

}  // namespace trusthub::access
