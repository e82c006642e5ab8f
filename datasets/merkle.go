package datasets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash"
	"slices"

	"golang.org/x/crypto/sha3"
)

// The tree is OpenZeppelin's StandardMerkleTree over the values (bytes32 row
// id, address contributor, uint256 byte length), so that any contract using
// MerkleProof.verify and any client using @openzeppelin/merkle-tree agrees:
// a leaf is hashed twice (a node can never pass as a leaf), leaves are sorted,
// a pair is hashed smaller first, and the array of 2n−1 nodes has its root at
// 0, children of i at 2i+1 and 2i+2, and the sorted leaves backwards at its end.

// keccak is one reusable hash state; making one per leaf costs more than the
// hashing.
type keccak struct{ h hash.Hash }

func newKeccak() keccak { return keccak{sha3.NewLegacyKeccak256()} }

func (k keccak) sum(parts ...[]byte) (out [32]byte) {
	k.h.Reset()
	for _, p := range parts {
		k.h.Write(p)
	}
	k.h.Sum(out[:0])
	return out
}

func (k keccak) pair(a, b *[32]byte) [32]byte {
	if bytes.Compare(a[:], b[:]) > 0 {
		a, b = b, a
	}
	return k.sum(a[:], b[:])
}

func (k keccak) leaf(rowID [32]byte, contributor [20]byte, byteLength int) [32]byte {
	var word [96]byte // abi.encode(bytes32, address, uint256)
	copy(word[:32], rowID[:])
	copy(word[44:64], contributor[:])
	binary.BigEndian.PutUint64(word[88:], uint64(byteLength))
	inner := k.sum(word[:])
	return k.sum(inner[:])
}

// Leaf returns keccak256(keccak256(abi.encode(id, contributor, length))) where
// id is the row's SHA-256 and length the number of its canonical bytes.
func Leaf(e Entry) ([32]byte, error) {
	row, err := e.Row.Canonical()
	if err != nil {
		return [32]byte{}, err
	}
	a, err := ParseAddress(string(e.Contributor))
	if err != nil {
		return [32]byte{}, err
	}
	return newKeccak().leaf(DigestOf(row).Bytes(), a.Bytes(), len(row)), nil
}

var errNoLeaves = errors.New("a Merkle tree needs at least one row")

// MerkleRoot returns the root over leaves in any order.
func MerkleRoot(leaves [][32]byte) ([32]byte, error) {
	if len(leaves) == 0 {
		return [32]byte{}, errNoLeaves
	}
	sorted := slices.Clone(leaves)
	sortLeaves(sorted)
	return foldSorted(sorted), nil
}

func sortLeaves(leaves [][32]byte) {
	slices.SortFunc(leaves, func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) })
}

// foldSorted computes the root in place. Read from its end, the node array is
// a queue: take two, append their hash. The hash takes the room of the two, so
// 32 bytes a row are all that is held.
func foldSorted(q [][32]byte) [32]byte {
	k := newKeccak()
	n := len(q)
	read, write := 0, 0
	for left := n; left > 1; left-- {
		a, b := &q[read], &q[(read+1)%n]
		h := k.pair(a, b)
		read = (read + 2) % n
		q[write] = h
		write = (write + 1) % n
	}
	return q[(write+n-1)%n]
}

// merkleTree returns the whole node array and, for each given leaf, its place
// in it.
func merkleTree(leaves [][32]byte) (tree [][32]byte, place []int) {
	n := len(leaves)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return bytes.Compare(leaves[a][:], leaves[b][:]) })
	tree, place = make([][32]byte, 2*n-1), make([]int, n)
	for i, from := range order {
		place[from] = len(tree) - 1 - i
		tree[place[from]] = leaves[from]
	}
	k := newKeccak()
	for i := n - 2; i >= 0; i-- {
		tree[i] = k.pair(&tree[2*i+1], &tree[2*i+2])
	}
	return tree, place
}

// MerkleProof returns the siblings from leaf i (an index into leaves as given)
// up to the root.
func MerkleProof(leaves [][32]byte, i int) ([][32]byte, error) {
	if i < 0 || i >= len(leaves) {
		return nil, errors.New("no such leaf")
	}
	tree, place := merkleTree(leaves)
	var proof [][32]byte
	for at := place[i]; at > 0; at = (at - 1) / 2 {
		sibling := at + 1
		if at%2 == 0 {
			sibling = at - 1
		}
		proof = append(proof, tree[sibling])
	}
	return proof, nil
}

// VerifyProof says whether leaf belongs to root, as MerkleProof.verify does
// on-chain.
func VerifyProof(root, leaf [32]byte, proof [][32]byte) bool {
	k := newKeccak()
	for i := range proof {
		leaf = k.pair(&leaf, &proof[i])
	}
	return leaf == root
}
