#include "http/egress_guard.h"

#include <algorithm>
#include <span>

namespace trusthub::http {
namespace {

struct Range {
    Cidr cidr;
    std::string_view text;
    std::string_view kind;  ///< the word an error shows
};

std::vector<Range> rangesOf(std::span<const std::pair<std::string_view, std::string_view>> rows) {
    std::vector<Range> ranges;
    for (const auto& [text, kind] : rows) ranges.push_back({*Cidr::parse(text), text, kind});
    return ranges;
}

/// What is not "globally reachable" in the IANA special-purpose registries (RFC 6890 and its
/// updates), with multicast and what is not allocated. The first row that contains an address names
/// it.
const std::vector<Range>& specialRanges() {
    static constexpr std::pair<std::string_view, std::string_view> kRows[] = {
        {"0.0.0.0/8", "this-network"},            // RFC 791
        {"10.0.0.0/8", "private"},                // RFC 1918
        {"100.64.0.0/10", "shared"},              // RFC 6598
        {"127.0.0.0/8", "loopback"},              // RFC 1122
        {"169.254.0.0/16", "link-local"},         // RFC 3927
        {"172.16.0.0/12", "private"},             // RFC 1918
        {"192.0.0.0/24", "protocol-assignment"},  // RFC 6890
        {"192.0.2.0/24", "documentation"},        // RFC 5737
        {"192.88.99.0/24", "transition"},         // RFC 7526: old 6to4 relay
        {"192.168.0.0/16", "private"},            // RFC 1918
        {"198.18.0.0/15", "benchmark"},           // RFC 2544
        {"198.51.100.0/24", "documentation"},     // RFC 5737
        {"203.0.113.0/24", "documentation"},      // RFC 5737
        {"224.0.0.0/4", "multicast"},             // RFC 5771
        {"240.0.0.0/4", "reserved"},              // RFC 1112, with the broadcast address
        {"::/128", "unspecified"},                // RFC 4291
        {"::1/128", "loopback"},                  // RFC 4291
        {"64:ff9b:1::/48", "transition"},         // RFC 8215: NAT64 of local use
        {"100::/64", "discard"},                  // RFC 6666
        {"2001:2::/48", "benchmark"},             // RFC 5180
        {"2001:db8::/32", "documentation"},       // RFC 3849
        {"2001::/23", "protocol-assignment"},     // RFC 2928: ORCHID, AMT, DRIP and more
        {"3fff::/20", "documentation"},           // RFC 9637
        {"5f00::/16", "segment-routing"},         // RFC 9602
        {"fc00::/7", "private"},                  // RFC 4193
        {"fe80::/10", "link-local"},              // RFC 4291
        {"fec0::/10", "private"},                 // RFC 3879: old site-local
        {"ff00::/8", "multicast"},                // RFC 4291
        {"::/3", "reserved"},                     // only 2000::/3 is global unicast
        {"4000::/2", "reserved"},
        {"8000::/1", "reserved"},
    };
    static const std::vector<Range> kRanges = rangesOf(kRows);
    return kRanges;
}

/// Services that hand credentials to whoever asks from the machine. Opened by no setting.
bool isMetadata(const IpAddress& address) {
    static constexpr std::pair<std::string_view, std::string_view> kRows[] = {
        {"169.254.169.254", "AWS, Azure, Google, Oracle, DigitalOcean"},
        {"169.254.170.2", "AWS ECS tasks"},
        {"169.254.170.23", "AWS EKS pods"},
        {"100.100.100.200", "Alibaba"},
        {"168.63.129.16", "Azure wire server"},
        {"192.0.0.192", "Oracle, old"},
        {"fd00:ec2::254", "AWS"},
        {"fd00:ec2::23", "AWS EKS pods"},
        {"fd20:ce::254", "Google"},
    };
    static const std::vector<Range> kAddresses = rangesOf(kRows);
    return std::ranges::any_of(kAddresses,
                               [&](const Range& row) { return row.cidr.contains(address); });
}

IpAddress v4At(const IpAddress& v6, std::size_t at, std::uint8_t flip = 0) {
    IpAddress v4;
    for (std::size_t i = 0; i < 4; ++i)
        v4.bytes[i] = static_cast<std::uint8_t>(v6.bytes[at + i] ^ flip);
    return v4;
}

/// The IPv4 addresses that an IPv6 address carries.
struct Inner {
    std::vector<IpAddress> addresses;
    bool decides =
        false;  ///< they alone say what is reached; else they only unmask metadata services
};

Inner innerOf(const IpAddress& address) {
    static const Cidr kNat64 = *Cidr::parse("64:ff9b::/96");   // RFC 6052
    static const Cidr kSixToFour = *Cidr::parse("2002::/16");  // RFC 3056
    static const Cidr kTeredo = *Cidr::parse("2001::/32");     // RFC 4380: server, client inverted
    static const Cidr kCompatible = *Cidr::parse("::/96");     // RFC 4291, 2.5.5.1
    static const Cidr kTranslated = *Cidr::parse("::ffff:0:0:0/96");  // RFC 2765
    static const Cidr kLocalNat64 = *Cidr::parse("64:ff9b:1::/48");
    if (!address.v6) return {};
    if (kNat64.contains(address)) return {{v4At(address, 12)}, true};
    if (kSixToFour.contains(address)) return {{v4At(address, 2)}, true};
    if (kTeredo.contains(address)) return {{v4At(address, 4), v4At(address, 12, 0xff)}, true};
    if (kCompatible.contains(address) || kTranslated.contains(address) ||
        kLocalNat64.contains(address))
        return {{v4At(address, 12)}, false};
    // ISATAP (RFC 5214): the interface identifier is 0:5efe or 200:5efe and the address.
    const auto& b = address.bytes;
    if ((b[8] & 0xfdU) == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe)
        return {{v4At(address, 12)}, false};
    return {};
}

struct Refusal {
    std::string_view kind;
    std::string_view range;  ///< empty: a metadata service
};

bool allows(const EgressAllow& row, const IpAddress& address, const EgressQuestion& question) {
    return row.cidr.contains(address) &&
           (row.ports.empty() || std::ranges::find(row.ports, question.port) != row.ports.end()) &&
           (row.purposes.empty() ||
            std::ranges::find(row.purposes, question.purpose) != row.purposes.end());
}

std::optional<Refusal> judge(const std::vector<EgressAllow>& allow,
                             const EgressQuestion& question) {
    // One form an address: a v4-mapped one made by hand is read as what it means.
    const IpAddress address = IpAddress::parse(question.address.text()).value_or(question.address);
    const Inner inner = innerOf(address);
    if (isMetadata(address) || std::ranges::any_of(inner.addresses, isMetadata))
        return Refusal{"metadata", {}};

    const auto opened = [&](const IpAddress& one) {
        return std::ranges::any_of(
            allow, [&](const EgressAllow& row) { return allows(row, one, question); });
    };
    const auto refused = [&](const IpAddress& one) -> std::optional<Refusal> {
        for (const auto& range : specialRanges())
            if (range.cidr.contains(one)) return Refusal{range.kind, range.text};
        return std::nullopt;
    };
    if (opened(address)) return std::nullopt;
    if (!inner.decides) return refused(address);
    for (const auto& one : inner.addresses) {
        if (opened(one)) continue;
        if (auto refusal = refused(one)) return refusal;
    }
    return std::nullopt;
}

Error denied(std::string subject, const Refusal& refusal, bool nameRange) {
    if (refusal.range.empty())
        return fail(ErrorKind::EgressDenied,
                    subject +
                        " a cloud metadata service, which is refused always; egress.allow "
                        "cannot open it");
    std::string detail = subject + " the " + std::string(refusal.kind) + " range";
    if (nameRange) detail += " " + std::string(refusal.range);
    return fail(ErrorKind::EgressDenied, detail + ", which egress.allow does not open");
}

}  // namespace

Result<void> EgressGuard::check(const EgressQuestion& question) const {
    if (const auto refusal = judge(allow_, question))
        return denied("the address belongs to", *refusal, true);
    return {};
}

Result<void> EgressGuard::checkAll(const std::vector<IpAddress>& addresses, std::uint16_t port,
                                   std::string_view purpose) const {
    if (addresses.empty()) return fail(ErrorKind::EgressDenied, "the name has no address");
    // The caller learns the kind of range only: addresses of internal names are not for everybody.
    for (const auto& address : addresses)
        if (const auto refusal = judge(allow_, {address, port, purpose}))
            return denied("the name resolves to", *refusal, false);
    return {};
}

}  // namespace trusthub::http
