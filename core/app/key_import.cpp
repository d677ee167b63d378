#include "app/key_import.h"

#include "api/key_body.h"

#include <algorithm>
#include <memory>
#include <sstream>

namespace trusthub::app {
namespace {

constexpr std::size_t kLineBytes = 16'384;
/// All are one unit, which holds the writer: 10,000 take from a third of a second to one, as busy
/// as the machine is.
constexpr std::size_t kLines = 10'000;

struct Line {
    std::size_t number = 0;
    store::Unit<access::IssuedKey> unit;
};

/// The lines that can be tried, while `result` names the others.
std::vector<Line> readLines(const HostPlace& at, const std::string& text, const std::string& owner,
                            KeyImport& result) {
    std::vector<Line> lines;
    std::istringstream in(text);
    std::string json;
    const auto refuse = [&](std::size_t number, const Error& error) {
        if (error.fields.empty()) result.refused.emplace_back(number, error.text());
        for (const auto& field : error.fields)
            result.refused.emplace_back(number, field.pointer + " " + field.detail);
    };
    for (std::size_t number = 1; std::getline(in, json); ++number) {
        if (json.find_first_not_of(" \t\r") == std::string::npos) continue;
        if (json.size() > kLineBytes) {
            result.refused.emplace_back(number, "a line is at most 16 KiB");
            break;
        }
        if (lines.size() == kLines) {
            result.refused.emplace_back(number,
                                        "a file has at most 10,000 keys: split it, and import one"
                                        " part after the other; each is all or nothing");
            break;
        }
        auto value = json::parse(json);
        if (!value || !value->is_object()) {
            result.refused.emplace_back(number, "must be one JSON object");
            continue;
        }
        json::ObjectReader reader(*value);
        SecretString key(reader.string("key", 1, 250));
        const auto email = reader.optionalString("owner", 1, 254).value_or(owner);
        auto wanted = api::readNewKey(reader, at.ground.clock.now());
        if (email.empty()) reader.refuse("owner", "is required here or as --owner");
        if (auto fits = reader.finish(); !fits) {
            refuse(number, fits.error());
            continue;
        }
        const auto issuer = issuerOf(at, email);
        if (!issuer) {
            refuse(number, issuer.error());
            continue;
        }
        auto unit = at.core.keys.import(*issuer, std::move(wanted), std::move(key));
        if (unit)
            lines.push_back({number, *std::move(unit)});
        else
            refuse(number, unit.error());
    }
    return lines;
}

/// The reason without the member: what a unit refuses concerns the line as a whole.
std::string reasonOf(const Error& error) {
    return error.fields.empty() ? std::string(error.text()) : error.fields.front().detail;
}

}  // namespace

Result<access::Principal> issuerOf(const HostPlace& at, const std::string& email) {
    return at.core.store.read([&](store::ReadTx& tx) -> Result<access::Principal> {
        const auto address = people::normaliseEmail(email);
        const auto id = address ? people::Users::idByEmail(tx, *address) : std::nullopt;
        auto user = id ? people::Users::find(tx, *id, at.ground.clock.now()) : std::nullopt;
        if (!user || user->status != "active")
            return fail(ErrorKind::NotFound,
                        "There is no active user with the e-mail address of the owner.");
        return access::Principal::onHost(*std::move(user), at.account);
    });
}

Result<KeyImport> importKeys(const HostPlace& at, const std::string& text,
                             const std::string& owner) {
    auto result = std::make_shared<KeyImport>();
    auto lines = readLines(at, text, owner, *result);
    // Lines that fit are tried even where others do not: whoever mends the file learns all at once.
    const auto done = at.core.store.writeAndWait<void>(
        [result, lines = std::move(lines)](store::WriteTx& tx) mutable -> Result<void> {
            for (auto& [number, unit] : lines) {
                const auto made = unit(tx);
                if (!made) {
                    result->refused.emplace_back(number, reasonOf(made.error()));
                    continue;
                }
                ++result->imported;
                for (const auto& warning : made->warnings)
                    result->warnings.emplace_back(number, warning.text);
            }
            if (result->refused.empty()) return {};
            return fail(ErrorKind::InvalidInput, "Nothing was imported.");
        });
    if (!done) {
        result->imported = 0;
        result->warnings.clear();
        if (result->refused.empty()) return done.error();
        std::ranges::stable_sort(result->refused, {}, &std::pair<std::size_t, std::string>::first);
    }
    return std::move(*result);
}

}  // namespace trusthub::app
