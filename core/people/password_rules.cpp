#include "people/password_rules.h"

#include "base/letter_case.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <set>

namespace trusthub::people {
namespace {

constexpr std::size_t kOwnWords = 4;         // characters of a name that count as one
constexpr std::size_t kDifferent = 5;        // characters
constexpr std::size_t kPiece = 3;            // of a row of keys, or of one character repeated
constexpr std::size_t kLongestRepeated = 8;  // a longer piece is a password twice
constexpr std::size_t kOfItsOwn = 4;         // characters that no common piece explains
constexpr std::size_t kCommonWords = 3;      // different ones; four make a phrase

/// Which every list of passwords that leaked begins with, and what they are made longer by.
constexpr auto kCommon = std::to_array<std::string_view>(
    {"password",   "passwort",      "passwords",  "passphrase", "passcode",  "passwd",   "pass",
     "motdepasse", "contrasena",    "senha",      "wachtwoord", "haslo",     "parola",   "salasana",
     "welcome",    "willkommen",    "bienvenue",  "bonjour",    "hello",     "hallo",    "hola",
     "letmein",    "openup",        "opensesame", "login",      "logon",     "signin",   "account",
     "admin",      "administrator", "root",       "superuser",  "sysadmin",  "operator", "manager",
     "user",       "username",      "guest",      "test",       "testing",   "tester",   "demo",
     "sample",     "example",       "default",    "changeme",   "changeit",  "change",   "temp",
     "temporary",  "secret",        "private",    "secure",     "security",  "access",   "master",
     "system",     "server",        "service",    "support",    "database",  "network",  "internet",
     "computer",   "company",       "office",     "windows",    "google",    "trusthub", "trustno",
     "trust",      "hub",           "iloveyou",   "loveyou",    "love",      "lovely",   "forever",
     "sunshine",   "princess",      "dragon",     "monkey",     "shadow",    "football", "baseball",
     "basketball", "soccer",        "superman",   "batman",     "spiderman", "starwars", "pokemon",
     "naruto",     "minecraft",     "michael",    "jordan",     "charlie",   "jessica",  "ashley",
     "jennifer",   "killer",        "ninja",      "mustang",    "whatever",  "freedom",  "summer",
     "winter",     "spring",        "autumn",     "january",    "monday",    "friday",   "flower",
     "chocolate",  "cheese",        "please",     "the",        "this",      "my",       "is"});

/// Read forwards and backwards.
constexpr auto kRows = std::to_array<std::string_view>(
    {"01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop[]", "asdfghjkl;'",
     "zxcvbnm,./", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn",
     "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/", "qazwsxedcrfvtgbyhnujmikolp",
     "1q2w3e4r5t6y7u8i9o0p", "!@#$%^&*()"});

std::size_t differentCharacters(std::string_view text) {
    std::set<std::string_view> seen;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at + 1;
        while (end < text.size() && !base::beginsCharacter(text[end])) ++end;
        seen.insert(text.substr(at, end - at));
        at = end;
    }
    return seen.size();
}

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

/// `p4ssw0rd` is read as it is meant.
bool standsFor(char typed, char letter) {
    switch (typed) {
        case '0':
            return letter == 'o';
        case '1':
        case '!':
            return letter == 'i' || letter == 'l';
        case '3':
            return letter == 'e';
        case '4':
        case '@':
            return letter == 'a';
        case '5':
        case '$':
            return letter == 's';
        case '7':
        case '+':
            return letter == 't';
        default:
            return typed == letter;
    }
}

bool startsLike(std::string_view text, std::string_view word) {
    return text.size() >= word.size() &&
           std::equal(word.begin(), word.end(), text.begin(),
                      [](char letter, char typed) { return standsFor(typed, letter); });
}

std::string_view commonWordAt(std::string_view text) {
    std::string_view longest;
    for (const std::string_view word : kCommon)
        if (word.size() > longest.size() && startsLike(text, word)) longest = word;
    return longest;
}

/// How far the front of `text` is a piece of `row`.
template <class Row>
std::size_t alongRow(std::string_view text, const Row& row) {
    std::size_t longest = 0;
    for (auto from = row.begin(); from != row.end(); ++from) {
        const auto reached = std::ranges::mismatch(text, std::ranges::subrange(from, row.end()));
        longest = std::max(longest, static_cast<std::size_t>(reached.in1 - text.begin()));
    }
    return longest;
}

/// Bytes at the front that a row of keys, one character again and again, or a year explains.
std::size_t rowAt(std::string_view text) {
    std::size_t longest = std::min(text.find_first_not_of(text.front()), text.size());
    for (const std::string_view row : kRows)
        longest = std::max({longest, alongRow(text, row),
                            alongRow(text, std::ranges::subrange(row.rbegin(), row.rend()))});
    const bool year = (text.starts_with("19") || text.starts_with("20")) && text.size() >= 4 &&
                      isDigit(text[2]) && isDigit(text[3]);
    if (year) longest = std::max<std::size_t>(longest, 4);
    return longest >= kPiece ? longest : 0;
}

bool isCommon(std::string_view text) {
    std::set<std::string_view> words;
    std::size_t itsOwn = 0;
    while (!text.empty()) {
        const auto word = commonWordAt(text);
        const std::size_t row = rowAt(text);
        if (word.size() >= row && !word.empty()) words.insert(word);
        const std::size_t explained = std::max(word.size(), row);
        if (explained == 0 && base::beginsCharacter(text.front())) ++itsOwn;
        text.remove_prefix(std::max<std::size_t>(explained, 1));
    }
    return itsOwn < kOfItsOwn && words.size() <= kCommonWords;
}

bool isRepeated(std::string_view text) {
    for (std::size_t piece = 1; piece <= std::min(kLongestRepeated, text.size() / 2); ++piece)
        if (text.substr(piece) == text.substr(0, text.size() - piece)) return true;
    return false;
}

bool holds(std::string_view folded, std::string_view own) {
    if (base::characters(own) < kOwnWords || !base::isUtf8(own)) return false;
    return folded.find(base::lowerCase(own)) != std::string_view::npos;
}

}  // namespace

std::optional<std::string> faultOf(const SecretString& password, std::string_view email,
                                   std::string_view name) {
    const std::string_view text = password.reveal();
    if (text.size() < kPasswordMin || text.size() > kPasswordMax)
        return "must be text of 12 to 1024 bytes";
    if (!base::isUtf8(text)) return "must be UTF-8 text";
    const std::string folded = base::lowerCase(text);
    if (differentCharacters(folded) < kDifferent)
        return "has fewer than five different characters; take a phrase that nobody else would";
    if (holds(folded, email) || holds(folded, email.substr(0, email.find('@'))))
        return "holds the e-mail address of the account or the part of it before the @; leave that"
               " out";
    if (holds(folded, base::trim(name))) return "holds the name of the account; leave that out";
    if (isRepeated(folded))
        return "is a short piece repeated; take a phrase that nobody else would";
    if (isCommon(folded))
        return "is made of what the commonest passwords are made of; take a phrase that nobody else"
               " would";
    return std::nullopt;
}

}  // namespace trusthub::people
