import assert from "node:assert/strict";
import { resizePixels } from "../../../../data/images/resize_pixels.ts";

/**
 * What OpenCV 4.6 makes of random images: height, width and channels, the new height and width, and the bytes in base64.
 * To record more, with Debian's python3-opencv: `cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)`.
 */
const RECORDED = [
  {
    size: [5, 4, 1],
    to: [13, 3],
    pixels: "TOtVymDpJXpgB643PX0VJ4/lQDM=",
    resized: "ZqC2aJ6xbpSUdIt3bn1kX2tXUVtLTVQ8Sk0tVVQmdnAtl400nZI1",
  },
  { size: [4, 2, 3], to: [2, 1], pixels: "FDtnFpspOZtoAcUMjhnbhJHeEBNk0mm2", resized: "GY5BfUq1" },
  {
    size: [2, 32, 3],
    to: [25, 8],
    pixels:
      "Wrr9AzYGgDHXFjskWor24aQmcp6kKJiuSEgYrfK2nZyOtY2acaNjNSjfP0AUjVRLB43xEEOCFAm942GtWUXlhO/nscTgc3NCqM6IHplNIIHs5lO9fDeOVUer78VjG/i1GyknHE17TARBQol8o95wvmoxdwE3pRyLvcU7oHAAvB60Z+bbbJPk5CFLNNxiy6xHmmnx70H/aKU2oKnIwpdwIb0Wmm5EjdKqpA4mxoGSz5ODR8r7WGp5FREzBF5fI2f3",
    resized:
      "QTNuqaFlpceiOjR5EiafmtnjH42cooaHQTNuqaFlpceiOjR5EiafmtnjH42cooaHQTNuqaFlpceiOjR5EiafmtnjH42cooaHQTNuqaFlpceiOjR5EiafmtnjH42cooaHQTNuqaFlpceiOjR5EiafmtnjH42cooaHQTNuqaFlpceiOjR5EiafmtnjH42cooaHQTNuqZ9kpcShPDV5FSefmdjgIo2cn4SGQDJtqJZgprqbQjt2IS6flNLRMI2bk36BPzFrp41cp7CVSUFzLjSfj83DPoyZh3h8PjFqpYVYp6aPT0dwOjqei8i0S4yYe3F3PTBppHxUqJuJVk1tRkCehsKlWYyWb2tyPC9no3RQqZGEXFNrUkadgb2XZ4yVY2VtOy5momtNqod+Y1loX02dfLiIdYyUV19oOi1loWNIqn14aV9la1Kcd7J6gouSS1hjOSxkn1pFq3JycGVid1mccqxrkIuQP1JeNytinlFArGhtd2tgg1+cbadcnouPM0xZNiphnUk9rF5nfXFdkGWbaKJOrIqOJ0ZUNSlgnEA5rVRhhHdanGubY5w/uYqMGz9PNClemzc1rklbin1XqHGaX5cxx4qLDzlKNChemjU0rkdajH5Wq3OaXZUtyoqKDDdJNChemjU0rkdajH5Wq3OaXZUtyoqKDDdJNChemjU0rkdajH5Wq3OaXZUtyoqKDDdJNChemjU0rkdajH5Wq3OaXZUtyoqKDDdJNChemjU0rkdajH5Wq3OaXZUtyoqKDDdJNChemjU0rkdajH5Wq3OaXZUtyoqKDDdJ",
  },
  {
    size: [11, 2, 1],
    to: [58, 11],
    pixels: "xpFUcaolFd87LjqAhMC7MlU/hvm/FA==",
    resized:
      "xsbGv7WropiRkZHGxsa/tauimJGRkcbGxr+1q6KYkZGRs7OzrqafmJGMjIyenp6alpKNiYWFhYiIiIeFhIKBgICAcnJyc3V2d3h5eXldXV1gZGhscHNzc15eXl9hY2VnaGhobm5ua2hkYF1aWlp+fn53bmVcUktLS4+Pj4N0ZldIPT09n5+fj3tnUj4vLy+hoaGRfWhUQDAwMIWFhX51bGNaVFRUaGhoam1wcnV2dnZMTExXZXOBj5qamjAwMENddpCqvb29FRUVMVV5nsLd3d0cHBwyT2yJpry8vCQkJDRJX3SKmpqaKysrNURSYG55eXkyMjI3PkVLUldXVzk5OTk4Nzc2NjY2Ozs7Ozs6Ojo6Ojo7Ozs8P0JFR0pKSjo6Oj9ESk9VWVlZOjo6QUlRWmJpaWk6OjpCTllkcHh4eEFBQUpXY3B8hoaGT09PWGRxfYmSkpJdXV1mcn6JlZ6enmtra3R/i5aiqqqqeXl5gY2Yo663t7eGhoaNl6Cps7q6upGRkZOVmJqdn5+fm5ubmJSQi4eEhISmpqadkod8cWlpabCwsKORf21bTk5Ourq6qI93XkYzMzOoqKiZg25ZRDQ0NJWVlYh3ZlVDNzc3goKCeGtdUEM5OTlvb29oXlVMQjw8PFtbW1dSTUdCPj4+W1tbW1pZWFdXV1dkZGRna29zd3p6em5ubnR9ho6XnZ2dd3d3gY+cqbfBwcGAgICOoLLE1uTk5IqKipeoucra5+fnlZWVmqGor7e8vLygoKCem5iVkpCQkKurq6GViHtuZWVltra2pY53YUo5OTm/v7+oiWlKKxQUFL+/v6iIaUorFBQUv7+/p4hpSisUFBQ=",
  },
] as const;

const bytes = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

Deno.test("images are resized as OpenCV does it, bit for bit", () => {
  for (const { size: [height, width, channels], to, pixels, resized } of RECORDED) {
    const image = resizePixels({ width, height, channels, data: bytes(pixels) }, to[0], to[1]);
    assert.deepEqual(image, { width: to[1], height: to[0], channels, data: bytes(resized) });
  }
});
