// Runs every seed of a folder, then mutations of them that are the same each time: main FOLDER
// ROUNDS. An input that ends the process is left in fuzz-crash.bin in the working directory.
#include "base/random.h"
#include "fuzz.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using trusthub::base::SeededRandom;

constexpr std::size_t kMaxInput = 64 * 1024;

std::string current;  // what runs now, for the signal handler

void keepInput(int signal) {
    const int fd = ::open("fuzz-crash.bin", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0 && ::write(fd, current.data(), current.size()) < 0) _exit(3);
    std::signal(signal, SIG_DFL);
    ::raise(signal);
}

void run(std::string input) {
    current = std::move(input);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current.data()), current.size());
}

std::vector<std::string> readSeeds(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::vector<std::string> seeds;
    for (const fs::path& file : files) {
        std::ifstream stream(file, std::ios::binary);
        seeds.emplace_back(std::istreambuf_iterator<char>(stream),
                           std::istreambuf_iterator<char>());
    }
    return seeds;
}

class Mutator {
public:
    explicit Mutator(const std::vector<std::string>& seeds) : seeds_(seeds) {}

    std::string next() {
        std::string input = seeds_[pick(seeds_.size())];
        for (std::size_t i = 1 + pick(4); i > 0; --i) change(input);
        input.resize(std::min(input.size(), kMaxInput));
        return input;
    }

private:
    std::size_t pick(std::size_t bound) { return static_cast<std::size_t>(random_.below(bound)); }

    void change(std::string& input) {
        static constexpr char kBytes[] =
            "\"\\{}[]():,.-+%&*!|>#'`/=0189aeEuntf \t\r\n\xFF\xC0\xED\x80\x7F";
        const std::size_t at = pick(input.size() + 1);
        const std::size_t length =
            input.empty() ? 0 : pick(std::min<std::size_t>(input.size(), 32)) + 1;
        switch (pick(8)) {
            case 0:  // one bit
                if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << pick(8)));
                break;
            case 1:  // a byte that means something to parsers; NUL is one
                if (at < input.size()) input[at] = kBytes[pick(sizeof kBytes)];
                break;
            case 2:
                input.insert(at, 1, kBytes[pick(sizeof kBytes)]);
                break;
            case 3:
                input.erase(at, length);
                break;
            case 4:
                input.resize(at);
                break;
            case 5: {  // a piece again, a few or many times
                const std::string piece = input.substr(at, length);
                const std::size_t times = pick(50) == 0 ? 2000 : 1 + pick(4);
                std::string more;
                for (std::size_t i = 0; i < times && more.size() < kMaxInput; ++i) more += piece;
                input.insert(at, more);
                break;
            }
            case 6: {  // the rest of another seed
                const std::string& other = seeds_[pick(seeds_.size())];
                input = input.substr(0, at) + other.substr(pick(other.size() + 1));
                break;
            }
            default: {  // two pieces change places
                const std::string piece = input.substr(at, length);
                input.erase(at, length);
                input.insert(pick(input.size() + 1), piece);
            }
        }
    }

    const std::vector<std::string>& seeds_;
    SeededRandom random_{20260115};
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: " << argv[0] << " FOLDER ROUNDS\n";
        return 2;
    }
    for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS})
        std::signal(signal, keepInput);
    const std::vector<std::string> seeds = readSeeds(argv[1]);
    if (seeds.empty()) {
        std::cerr << "no seeds in " << argv[1] << "\n";
        return 2;
    }
    run("");
    for (const std::string& seed : seeds) run(seed);
    Mutator mutator(seeds);
    const int rounds = std::stoi(argv[2]);
    for (int i = 0; i < rounds; ++i) run(mutator.next());
    std::cout << seeds.size() << " seeds and " << rounds << " mutations\n";
    return 0;
}
