#ifndef CREMA_ENGINE_TESTS_EXPECT_ANSWER_H_
#define CREMA_ENGINE_TESTS_EXPECT_ANSWER_H_

#include "engine/tests/c_api_handles.h"

namespace crema::test {

// Allows only these statuses. What was made must run, or report why it can't, and be freed.
inline void ExpectAnswer(crema_status status) {
  ASSERT_TRUE(status == CREMA_OK || status == CREMA_INVALID || status == CREMA_INTERNAL ||
              status == CREMA_HOST_FAILED);
  ASSERT_TRUE(status == CREMA_OK || *crema_last_error() != 0);
}

}  // namespace crema::test

#endif  // CREMA_ENGINE_TESTS_EXPECT_ANSWER_H_
