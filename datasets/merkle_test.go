package datasets

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strconv"
	"testing"
)

// Trees made by @openzeppelin/merkle-tree (testdata names version and call):
// leaf, root, proof and node array have to be the same.
func TestMerkleLikeOpenZeppelin(t *testing.T) {
	b, err := os.ReadFile("testdata/openzeppelin-merkle.json")
	must(t, err)
	var file struct {
		Trees []struct {
			Values [][3]string
			Leaves []string
			Root   string
			Proofs [][]string
			Tree   []string
		}
	}
	must(t, json.Unmarshal(b, &file))
	if len(file.Trees) < 10 {
		t.Fatalf("%d trees", len(file.Trees))
	}
	k := newKeccak()
	for _, tree := range file.Trees {
		var leaves [][32]byte
		for i, v := range tree.Values {
			n, err := strconv.Atoi(v[2])
			must(t, err)
			a, err := ParseAddress(v[1])
			must(t, err)
			leaf := k.leaf(word(t, v[0]), a.Bytes(), n)
			if leaf != word(t, tree.Leaves[i]) {
				t.Fatalf("leaf %d of %d is %x, want %s", i, len(tree.Values), leaf, tree.Leaves[i])
			}
			leaves = append(leaves, leaf)
		}
		root, err := MerkleRoot(leaves)
		must(t, err)
		if root != word(t, tree.Root) {
			t.Errorf("root of %d is %x, want %s", len(leaves), root, tree.Root)
		}
		nodes, _ := merkleTree(leaves)
		for i, want := range tree.Tree {
			if nodes[i] != word(t, want) {
				t.Errorf("node %d of %d leaves differs", i, len(leaves))
			}
		}
		for i := range leaves {
			proof, err := MerkleProof(leaves, i)
			must(t, err)
			if !VerifyProof(root, leaves[i], proof) {
				t.Errorf("proof %d of %d does not verify", i, len(leaves))
			}
			other := leaves[i]
			other[31] ^= 1
			if VerifyProof(root, other, proof) {
				t.Errorf("proof %d of %d verifies another leaf", i, len(leaves))
			}
			if len(tree.Proofs) == 0 {
				continue
			}
			if len(proof) != len(tree.Proofs[i]) {
				t.Fatalf("proof %d of %d has %d steps, want %d", i, len(leaves), len(proof), len(tree.Proofs[i]))
			}
			for j, want := range tree.Proofs[i] {
				if proof[j] != word(t, want) {
					t.Errorf("proof %d of %d differs at step %d", i, len(leaves), j)
				}
			}
		}
	}
}

func TestMerkleOfNothing(t *testing.T) {
	if _, err := MerkleRoot(nil); err == nil {
		t.Error("a root of no rows")
	}
	if _, err := MerkleProof(make([][32]byte, 2), 2); err == nil {
		t.Error("a proof of no leaf")
	}
}

func word(t *testing.T, s string) [32]byte {
	t.Helper()
	b, err := hex.DecodeString(s[2:])
	if err != nil || len(b) != 32 {
		t.Fatalf("bad word %q", s)
	}
	return [32]byte(b)
}
