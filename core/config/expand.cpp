#include "config/expand.h"

#include "base/text.h"

#include <cstdlib>
#include <fstream>

namespace trusthub::config {
namespace {

constexpr std::size_t kMaxFileBytes = 64 * 1024;

class Expander {
public:
    explicit Expander(const std::filesystem::path& file) : file_(file) {}

    void walk(Node& node) {
        if (node.kind == Node::Kind::Scalar) scalar(node);
        for (Node& item : node.items) walk(item);
        for (auto& member : node.members) walk(member.second);
    }
    std::vector<Problem> take() { return std::move(problems_); }

private:
    void refuse(const Node& node, std::string reason) {
        problems_.push_back({file_.string(), node.line, std::move(reason)});
    }

    void scalar(Node& node) {
        const std::string text = node.scalar;
        std::string out;
        std::size_t at = 0;
        for (;;) {
            const std::size_t start = text.find("${", at);
            out.append(text, at, start == text.npos ? text.npos : start - at);
            if (start == text.npos) break;
            if (start > at && text[start - 1] == '$') {  // $${ is a literal ${
                out += "{";
                at = start + 2;
                continue;
            }
            const std::size_t end = text.find('}', start);
            if (end == text.npos) {
                refuse(node, "`${` without `}`");
                return;
            }
            const auto value =
                resolve(node, std::string_view(text).substr(start + 2, end - start - 2));
            if (!value) return;
            out += *value;
            at = end + 1;
        }
        node.scalar = std::move(out);
    }

    std::optional<std::string> resolve(Node& node, std::string_view reference) {
        if (reference.starts_with("env:"))
            return environment(node, std::string(reference.substr(4)));
        if (reference.starts_with("file:")) return content(node, std::string(reference.substr(5)));
        refuse(node, "`${…}` must be ${env:NAME} or ${file:PATH}");
        return std::nullopt;
    }

    std::optional<std::string> environment(Node& node, const std::string& name) {
        // Configuration is read before threads start and on SIGHUP by one thread; nothing calls
        // setenv.
        const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
        if (!value) {
            refuse(node, "the environment variable " + name + " is not set");
            return std::nullopt;
        }
        if (!base::isUtf8(value)) {
            refuse(node, "the environment variable " + name + " is not UTF-8 text");
            return std::nullopt;
        }
        node.source = "environment " + name;
        return value;
    }

    std::optional<std::string> content(Node& node, const std::string& name) {
        const std::filesystem::path path = file_.parent_path() / name;
        std::error_code ec;
        std::ifstream stream(path, std::ios::binary);
        std::string text(kMaxFileBytes + 1, '\0');
        if (!stream || !std::filesystem::is_regular_file(path, ec) ||
            !(stream.read(text.data(), static_cast<std::streamsize>(text.size())) ||
              stream.eof())) {
            refuse(node, "the file " + path.string() + " cannot be read");
            return std::nullopt;
        }
        text.resize(static_cast<std::size_t>(stream.gcount()));
        if (text.ends_with('\n')) text.pop_back();
        if (text.ends_with('\r')) text.pop_back();
        if (text.size() > kMaxFileBytes || !base::isUtf8(text) || text.find('\0') != text.npos) {
            refuse(node, "the file " + path.string() + " is not short UTF-8 text");
            return std::nullopt;
        }
        node.source = "file " + path.string();
        return text;
    }

    const std::filesystem::path& file_;
    std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> expand(Node& root, const std::filesystem::path& file) {
    Expander expander(file);
    expander.walk(root);
    return expander.take();
}

}  // namespace trusthub::config
