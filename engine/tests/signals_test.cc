#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "engine/shared/running.h"
#include "ffi/crema.h"

namespace crema {
namespace {

using ::testing::ExitedWithCode;

int heard = 0;

class Signals : public ::testing::Test {
 protected:
  void SetUp() override {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    heard = 0;
  }
  void TearDown() override {
    crema_watch_signals(CREMA_SIGNAL_LEAVE, CREMA_SIGNAL_LEAVE, nullptr);
    signal(SIGINT, SIG_DFL);
  }
};

TEST_F(Signals, EndTheProcessAndSayWhatRan) {
  EXPECT_EXIT(
      {
        crema_watch_signals(CREMA_SIGNAL_LEAVE, CREMA_SIGNAL_END, "; nothing was written.");
        const Running running(Running::Keep("conv1"), "forward");
        raise(SIGTERM);
      },
      ExitedWithCode(143),
      "^crema: ended by SIGTERM, in forward of layer 'conv1'; nothing was written.\n$");
}

TEST_F(Signals, EndTheProcessTheSecondTimeFromAnyThread) {
  EXPECT_EXIT(
      {
        crema_watch_signals(CREMA_SIGNAL_END_SECOND, CREMA_SIGNAL_END_SECOND, "");
        raise(SIGTERM);
        std::thread([] { raise(SIGINT); }).join();
      },
      ExitedWithCode(130), "^crema: ended by a second signal, SIGINT\n$");
}

TEST_F(Signals, LeaveTheFirstToTheHandlerThatWasThere) {
  signal(SIGINT, [](int) { ++heard; });
  crema_watch_signals(CREMA_SIGNAL_END_SECOND, CREMA_SIGNAL_END_SECOND, "");
  raise(SIGINT);
  EXPECT_EQ(heard, 1);
  // A new watch counts anew.
  crema_watch_signals(CREMA_SIGNAL_END_SECOND, CREMA_SIGNAL_LEAVE, "");
  raise(SIGINT);
  EXPECT_EQ(heard, 2);
  crema_watch_signals(CREMA_SIGNAL_LEAVE, CREMA_SIGNAL_LEAVE, "");
  raise(SIGINT);
  raise(SIGINT);
  EXPECT_EQ(heard, 4);
}

TEST_F(Signals, RunningIsThatOfTheWatchingThread) {
  crema_watch_signals(CREMA_SIGNAL_LEAVE, CREMA_SIGNAL_LEAVE, nullptr);
  const Running outer(Running::Keep("outer"), "forward");
  {
    const Running inner(Running::Keep("inner"), "setup");
    EXPECT_STREQ(Running::layer(), "inner");
    std::thread([] {
      const Running other(Running::Keep("other"), "backward");
      EXPECT_STREQ(Running::layer(), "inner");
    }).join();
  }
  EXPECT_STREQ(Running::layer(), "outer");
  EXPECT_STREQ(Running::method(), "forward");
}

}  // namespace
}  // namespace crema
