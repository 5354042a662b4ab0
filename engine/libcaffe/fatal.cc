#include "engine/libcaffe/fatal.h"

#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/libcaffe/caffe.h"
#include "engine/libcaffe/place.h"

namespace crema::libcaffe {

namespace {

// Writes straight to the file descriptor, as the process may be about to end.
void Print(const std::string& text) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = write(STDERR_FILENO, text.data() + done, text.size() - done);
    if (written <= 0) return;
    done += static_cast<size_t>(written);
  }
}

#define CREMA_LAYER(name, maker) name,
constexpr std::string_view kEmbeddedTypes[] = {
#include "engine/shared/layer_types.inc"
};
#undef CREMA_LAYER

[[noreturn]] void End(const std::string& reason) {
  const std::string place = Place::Description();
  const bool embedded = std::find(std::begin(kEmbeddedTypes), std::end(kEmbeddedTypes),
                                  Place::LayerType()) != std::end(kEmbeddedTypes);
  Print("crema: " + (place.empty() ? "" : place + ": ") + "Expected libcaffe to go on but found: " +
        reason + "\nA check inside libcaffe failed, which ends the process." +
        (embedded ? " The embedded engine (--engine embedded) says more about what is wrong with "
                    "such a layer."
                  : "") +
        "\n");
  _exit(1);
}

class Sink : public google::LogSink {
 public:
  void send(google::LogSeverity severity, const char*, const char* file, int line,
            const struct ::tm*, const char* message, size_t length) override {
    const std::string text(message, length);
    if (severity == google::GLOG_FATAL) End(text + " (" + file + ":" + std::to_string(line) + ")");
    Print("libcaffe: " + text + "\n");
  }
};

[[noreturn]] void Fail() { End("a failed check"); }

}  // namespace

void InitLogging() {
  static std::once_flag once;
  std::call_once(once, [] {
    static Sink sink;
    FLAGS_minloglevel = google::GLOG_ERROR;
    FLAGS_stderrthreshold = google::NUM_SEVERITIES;  // The sink prints.
    for (int severity = 0; severity < google::NUM_SEVERITIES; ++severity)
      google::SetLogDestination(severity, "");  // No files.
    google::AddLogSink(&sink);
    // Otherwise glog prints on its own, with a note that it was not initialized.
    google::InitGoogleLogging("crema");
    google::InstallFailureFunction(&Fail);
    google::protobuf::SetLogHandler(nullptr);
  });
}

}  // namespace crema::libcaffe
