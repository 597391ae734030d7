/* The log's tree: docs/formats.md section 5, checks of RFC 9162 section 2.1.3.2. */

const leafHash = (leaf) => sha256(Uint8Array.of(0), leaf);
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

/* Whether the leaf hash stands at `index` under the root of `size` leaves. Index and size are BigInt. */
async function isInTree(path, size, root, index, leaf) {
  if (index < 0n || index >= size) return false;
  let [fn, sn, result] = [index, size - 1n, leaf];
  for (const sibling of path) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      result = await nodeHash(sibling, result);
      while (fn && !(fn & 1n)) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      result = await nodeHash(result, sibling);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  // A path that ends below the root proves nothing, even where the hashes happen to be equal.
  return sn === 0n && equal(result, root);
}
