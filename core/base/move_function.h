// MoveFunction: std::move_only_function of C++23, as far as the hub needs it.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace trusthub::base {

template <class Signature>
class MoveFunction;

template <class R, class... Args>
class MoveFunction<R(Args...)> {
public:
    MoveFunction() = default;
    MoveFunction(std::nullptr_t) {}  // NOLINT
    template <class F,
              class = std::enable_if_t<!std::is_same_v<std::decay_t<F>, MoveFunction> &&
                                       std::is_invocable_r_v<R, std::decay_t<F>&, Args...>>>
    MoveFunction(F&& f)
        : impl_(std::make_unique<Impl<std::decay_t<F>>>(std::forward<F>(f))) {}  // NOLINT

    explicit operator bool() const noexcept { return impl_ != nullptr; }
    R operator()(Args... args) { return impl_->call(std::forward<Args>(args)...); }

private:
    struct Base {
        virtual ~Base() = default;
        virtual R call(Args... args) = 0;
    };
    template <class F>
    struct Impl final : Base {
        explicit Impl(F&& f) : function(std::move(f)) {}
        explicit Impl(const F& f) : function(f) {}
        R call(Args... args) override { return function(std::forward<Args>(args)...); }
        F function;
    };
    std::unique_ptr<Base> impl_;
};

}  // namespace trusthub::base
