// HTML pages of the hub itself: self-contained, under a Content-Security-Policy that names their
// own script and style by hash and lets nothing else in.
#pragma once

#include "http/message.h"

#include <string>

namespace trusthub::api {

enum class Connect { Nowhere, Self };  ///< where the page's script may send requests

/// Makes a page ready for answering: finds its `<style>` and `<script>` elements (without
/// attributes) and puts their hashes into the policy. The page is ours, never text from outside.
/// [thread-safe]
http::Response htmlPage(std::string html, Connect connect = Connect::Nowhere);

}  // namespace trusthub::api
