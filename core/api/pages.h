// Lists: limit, cursor and the envelope that every list answers.
#pragma once

#include "api/call.h"

#include <optional>
#include <string>
#include <vector>

namespace trusthub::api {

struct PageRequest {
    std::string after;  ///< id of the last item of the page before; empty for the first page
    std::size_t limit = 50;
    std::string self;  ///< URL of this list without its cursor, ready for a further parameter
    std::string list;  ///< names the list in its cursors
};

/// The teams whose things a list shows; null: all, and the organization's. Forbidden where nothing
/// in it could ever be the caller's: the permission is in none of their roles, or the key reaches
/// single things only. Everybody else gets the list, with what they may see of it; filters narrow
/// it and never refuse.
Result<std::optional<std::vector<std::string>>> teamsListed(const access::Principal& who,
                                                            access::Permission permission);

/// Reads `limit` (1 to 200) and `cursor`; InvalidInput names what does not fit, the cursor of
/// another list too: there it would look like the end.
Result<PageRequest> pageOf(const Call& call);

/// `{"items":[…],"next_cursor":…,"total":n}`, with `Link: <…>; rel="next"` (RFC 8288) where there
/// is a next page. `items` may hold one more than the limit, which shows that there is a next page;
/// `idOf` of the last item shown becomes the cursor.
template <class T, class Render, class IdOf>
http::Response pageResponse(const std::vector<T>& items, const PageRequest& page,
                            std::int64_t total, Render render, IdOf idOf);

/// Counts exactly up to this; beyond it `total` is a floor and says so.
inline constexpr std::int64_t kCounted = 10'000;
http::Response pageEnvelope(json::Array items, const std::string& lastId, bool more,
                            std::int64_t total, const PageRequest& page = {});

template <class T, class Render, class IdOf>
http::Response pageResponse(const std::vector<T>& items, const PageRequest& page,
                            std::int64_t total, Render render, IdOf idOf) {
    json::Array array;
    std::string last;
    for (const T& item : items) {
        if (array.size() == page.limit) break;
        array.push_back(render(item));
        last = idOf(item);
    }
    return pageEnvelope(std::move(array), last, items.size() > page.limit, total, page);
}

}  // namespace trusthub::api
