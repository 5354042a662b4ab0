#ifndef CREMA_ENGINE_EMBEDDED_CORE_TUNING_H_
#define CREMA_ENGINE_EMBEDDED_CORE_TUNING_H_

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace crema {

// What was found to be the fastest way to compute something, by measurement. Both what is computed
// ("convolution, 16 images, ...") and the way ("winograd, direct, direct") are texts of one line;
// who chooses a way knows what they mean.
class Tuning {
 public:
  Tuning() = default;
  // For all nets of the process.
  static Tuning& Shared();

  std::optional<std::string> Find(const std::string& what) const;
  // What is there already stays: nets that were made with it are still in use.
  void Add(const std::string& what, const std::string& way);

  // A line "WHAT: WAY" for each, in the order of the alphabet.
  std::string Text() const;
  // Adds what such a text says. Throws Error for a line that is none, and then adds nothing.
  void AddText(std::string_view text);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> ways_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_TUNING_H_
