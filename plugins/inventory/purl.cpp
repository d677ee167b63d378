#include "purl.h"

namespace trusthub::inventory {
namespace {

bool isUnreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == '~' || c == ':';
}

std::string finish(std::string purl, std::string_view version, std::string_view qualifiers) {
    if (!version.empty()) purl.append("@").append(percentEncode(version));
    if (!qualifiers.empty()) purl.append("?").append(qualifiers);
    return purl;
}

/// Takes `user:token@` out of an address; `git@` says nothing and stays, for ssh needs it.
std::string withoutUserInfo(std::string_view url) {
    url = url.substr(0, url.find_first_of("?#"));
    const std::size_t scheme = url.find("://");
    const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
    const std::string_view authority = url.substr(begin, url.find('/', begin) - begin);
    const std::size_t at = authority.rfind('@');
    if (at == std::string_view::npos || authority.substr(0, at) == "git") return std::string(url);
    return std::string(url.substr(0, begin)).append(url.substr(begin + at + 1));
}

}  // namespace

std::string percentEncode(std::string_view text, bool keepSlash) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (isUnreserved(c) || (keepSlash && c == '/')) {
            out.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.push_back('%');
            out.push_back(kHex[byte >> 4]);
            out.push_back(kHex[byte & 0xF]);
        }
    }
    return out;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return out;
}

std::string normalPypiName(std::string_view name) {
    std::string out;
    for (const char c : lower(name)) {
        const bool separator = c == '-' || c == '_' || c == '.';
        if (!separator) {
            out.push_back(c);
        } else if (out.empty() || out.back() != '-') {
            out.push_back('-');
        }
    }
    return out;
}

std::string npmPurl(std::string_view scopeAndName, std::string_view version,
                    std::string_view qualifiers) {
    return finish("pkg:npm/" + percentEncode(lower(scopeAndName), true), version, qualifiers);
}

std::string pypiPurl(std::string_view name, std::string_view version, std::string_view qualifiers) {
    return finish("pkg:pypi/" + percentEncode(normalPypiName(name)), version, qualifiers);
}

std::string cargoPurl(std::string_view name, std::string_view version,
                      std::string_view qualifiers) {
    return finish("pkg:cargo/" + percentEncode(name), version, qualifiers);
}

std::string golangPurl(std::string_view module, std::string_view version) {
    return finish("pkg:golang/" + percentEncode(lower(module), true), version, {});
}

std::string vcsQualifier(std::string_view scheme, std::string_view url, std::string_view commit) {
    std::string address = withoutUserInfo(url);
    if (!address.starts_with(std::string(scheme) + "+") && !address.starts_with("git:"))
        address.insert(0, std::string(scheme) + "+");
    if (!commit.empty()) address.append("@").append(commit);
    return "vcs_url=" + percentEncode(address, true);
}

}  // namespace trusthub::inventory
