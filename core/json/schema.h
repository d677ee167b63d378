// JsonSchema: checks event data against Draft 7 schemas (valijson), patterns by RE2.
#pragma once

#include "json/json.h"

#include <memory>
#include <string>

namespace trusthub::json {

/// Compiled once; [thread-safe] afterwards.
class JsonSchema {
public:
    /// InvalidInput when the schema is not one, or uses a keyword that would be ignored ($ref to
    /// elsewhere, unknown keywords), or a `pattern` that RE2 refuses.
    static Result<JsonSchema> compile(const Value& schema);

    /// InvalidInput lists the members (JSON pointers below `base`) and what each should be; no
    /// values.
    Result<void> check(const Value& data, std::string_view base = "/data") const;

private:
    struct Impl;
    std::shared_ptr<const Impl> impl_;
};

}  // namespace trusthub::json
