// Package URLs as package-url/purl-spec writes them, and the small texts around them.
#pragma once

#include <string>
#include <string_view>

namespace trusthub::inventory {

/// Percent-encodes all but letters, digits and `.-_~:`; `keepSlash` for the values of qualifiers.
std::string percentEncode(std::string_view text, bool keepSlash = false);

std::string lower(std::string_view text);

/// PEP 503: lower case, runs of `-`, `_` and `.` become one `-`.
std::string normalPypiName(std::string_view name);

/// `version` and `qualifiers` (encoded already, without `?`) may be empty.
std::string npmPurl(std::string_view scopeAndName, std::string_view version,
                    std::string_view qualifiers = {});
std::string pypiPurl(std::string_view name, std::string_view version,
                     std::string_view qualifiers = {});
std::string cargoPurl(std::string_view name, std::string_view version,
                      std::string_view qualifiers = {});
/// The spec wants namespace and name in lower case, although Go tells cases apart.
std::string golangPurl(std::string_view module, std::string_view version);

/// `vcs_url=…` for a dependency that comes from a version control system, without user names or
/// tokens. `scheme` is put before the address where it is not there yet: `git`.
std::string vcsQualifier(std::string_view scheme, std::string_view url, std::string_view commit);

}  // namespace trusthub::inventory
