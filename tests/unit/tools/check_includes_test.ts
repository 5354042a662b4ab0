import { deepEqual } from "node:assert/strict";
import { checkIncludes, includeFaults } from "../../../tools/check_includes.ts";

Deno.test("the engines share engine/shared/ and never include each other", () => {
  const sources = new Map([
    [
      "engine/embedded/net/net.cc",
      '#include "engine/shared/error.h"\n#include "ffi/crema.h"\n#include "caffe.pb.h"\n',
    ],
    ["engine/libcaffe/net.cc", '#include "engine/shared/error.h"\n#include "caffe/net.hpp"\n'],
    ["engine/tests/net_test.cc", '#include "engine/embedded/net/net.h"\n'],
    ["compile/launcher/cache.cc", '#include "cache.h"\n'],
  ]);
  deepEqual(includeFaults(sources), []);
  const wrong = new Map([
    ["engine/embedded/a.cc", '  #  include "engine/libcaffe/net.h"\n'],
    ["engine/libcaffe/a.cc", '#include "engine/shared/error.h"\n#include "engine/embedded/core/blob.h"\n'],
    ["engine/shared/a.h", '#include "engine/embedded/core/blob.h"\n'],
    ["ffi/crema.h", '#include "engine/shared/error.h"\n'],
    ["elsewhere/a.cc", ""],
  ]);
  deepEqual(includeFaults(wrong), [
    "engine/embedded/a.cc includes engine/libcaffe/net.h, but engine/embedded/ may not include from engine/libcaffe/",
    "engine/libcaffe/a.cc includes engine/embedded/core/blob.h, but engine/libcaffe/ may not include from engine/embedded/",
    "engine/shared/a.h includes engine/embedded/core/blob.h, but engine/shared/ may not include from engine/embedded/",
    "ffi/crema.h includes engine/shared/error.h, but ffi/ may not include from engine/shared/",
    "elsewhere/a.cc lies in no folder that tools/check_includes.ts knows",
  ]);
});

Deno.test("the repository's includes follow the rules", async () => {
  deepEqual(await checkIncludes(), true);
});
