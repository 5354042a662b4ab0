// SIGINT and SIGTERM where the host can't see them: a layer that never returns holds its thread.
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "engine/shared/running.h"
#include "ffi/crema.h"

namespace {

struct Watched {
  int signal;
  const char* name;
  std::atomic<int32_t> effect{CREMA_SIGNAL_LEAVE};
  struct sigaction before = {};
  bool installed = false;
};

Watched watched[] = {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}};
// Whether a signal that may come once has come.
std::atomic<bool> asked{false};
char note[256];

// What follows is called in a signal handler, which may do little: no locks, no allocation.

void Print(const char* text) {
  // Where standard error takes nothing, nothing can be said.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, std::strlen(text));
}

[[noreturn]] void End(const Watched& signal, bool second) {
  if (isatty(STDERR_FILENO)) Print("\r\x1b[2K");  // A line of progress may stand there.
  Print("crema: ended by ");
  if (second) Print("a second signal, ");
  Print(signal.name);
  const char* const layer = crema::Running::layer();
  const char* const method = crema::Running::method();
  if (layer != nullptr && method != nullptr) {
    Print(", in ");
    Print(method);
    Print(" of layer '");
    Print(layer);
    Print("'");
  }
  Print(note);
  Print("\n");
  _exit(128 + signal.signal);
}

void Handle(int number, siginfo_t* info, void* context) {
  const Watched& signal = watched[number == SIGINT ? 0 : 1];
  switch (signal.effect.load()) {
    case CREMA_SIGNAL_END:
      End(signal, false);
    case CREMA_SIGNAL_END_SECOND:
      if (asked.exchange(true)) End(signal, true);
      break;
    default:
      break;
  }
  // The host's own handler, if it was there first; else it calls this one.
  const struct sigaction& before = signal.before;
  if ((before.sa_flags & SA_SIGINFO) != 0) {
    if (before.sa_sigaction != nullptr) before.sa_sigaction(number, info, context);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(number);
  }
}

void Install(Watched& signal) {
  if (signal.installed) return;
  struct sigaction action = {};
  action.sa_sigaction = Handle;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(signal.signal, nullptr, &signal.before);
  signal.installed = sigaction(signal.signal, &action, nullptr) == 0;
}

// Unless somebody else has put a handler before ours: then ours stays, and does nothing.
void Uninstall(Watched& signal) {
  if (!signal.installed) return;
  struct sigaction now = {};
  sigaction(signal.signal, nullptr, &now);
  if ((now.sa_flags & SA_SIGINFO) == 0 || now.sa_sigaction != Handle) return;
  sigaction(signal.signal, &signal.before, nullptr);
  signal.installed = false;
}

}  // namespace

extern "C" void crema_watch_signals(int32_t sigint, int32_t sigterm, const char* end_note) {
  crema::Running::Watch();
  const int32_t effects[] = {sigint, sigterm};
  for (Watched& signal : watched) signal.effect = CREMA_SIGNAL_LEAVE;
  asked = false;
  std::strncpy(note, end_note == nullptr ? "" : end_note, sizeof note - 1);
  for (size_t i = 0; i < 2; ++i) {
    if (effects[i] == CREMA_SIGNAL_LEAVE) {
      Uninstall(watched[i]);
    } else {
      Install(watched[i]);
    }
    watched[i].effect = effects[i];
  }
}
