// Our own constraints for valijson: those that it would check with std::regex or explain badly.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace valijson {
class ConstraintBuilder;
}

namespace trusthub::json {

struct OwnCheck {
    std::string keyword;  ///< with the prefix of schema_prepare.h
    std::unique_ptr<const valijson::ConstraintBuilder> builder;
};

/// The builders live as long as the schemas are being read; they throw std::runtime_error on a bad
/// keyword value.
std::vector<OwnCheck> makeOwnChecks();

}  // namespace trusthub::json
