// What golang.org/x/mod says of our artefacts: each question on standard input gets one line, "ok" or why not.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build -o asked ./tests/foreign/go
//
// tests/foreign/test_go.py builds and asks.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Ask     string
	Vkey    string   // note
	Note    []byte   // note
	Text    string   // note: the text it must have
	Proof   [][]byte // record, tree
	Size    int64
	Root    []byte
	Index   int64
	Leaf    []byte // record: the leaf itself, hashed here
	Old     int64
	OldRoot []byte
	Folder  string // tiles
	Leaves  [][]byte
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	for _, q := range questions {
		if err := answer(q); err != nil {
			fmt.Println(strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("ok")
		}
	}
}

func answer(q question) error {
	switch q.Ask {
	case "note":
		verifier, err := note.NewVerifier(q.Vkey)
		if err != nil {
			return err
		}
		opened, err := note.Open(q.Note, note.VerifierList(verifier))
		if err == nil && opened.Text != q.Text {
			err = fmt.Errorf("another text: %q", opened.Text)
		}
		return err
	case "record":
		return tlog.CheckRecord(hashes(q.Proof), q.Size, hash(q.Root), q.Index, tlog.RecordHash(q.Leaf))
	case "tree":
		return tlog.CheckTree(hashes(q.Proof), q.Size, hash(q.Root), q.Old, hash(q.OldRoot))
	case "tiles":
		return tiles(q)
	}
	return fmt.Errorf("no such question: %s", q.Ask)
}

// tiles makes every record's proof and hash from our tile folder alone. TileHashReader checks each tile it reads
// against the root, so a changed one is an error here.
func tiles(q question) error {
	reader := tlog.TileHashReader(tlog.Tree{N: q.Size, Hash: hash(q.Root)}, folder(q.Folder))
	for index, leaf := range q.Leaves {
		found, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(index))})
		if err != nil {
			return err
		}
		if found[0] != tlog.RecordHash(leaf) {
			return fmt.Errorf("record %d is not in its tile", index)
		}
		proof, err := tlog.ProveRecord(q.Size, int64(index), reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, q.Size, hash(q.Root), int64(index), tlog.RecordHash(leaf)); err != nil {
			return err
		}
	}
	proof, err := tlog.ProveTree(q.Size, q.Old, reader)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, q.Size, hash(q.Root), q.Old, hash(q.OldRoot))
}

type folder string

func (folder) Height() int                         { return 8 }
func (folder) SaveTiles(_ []tlog.Tile, _ [][]byte) {}

func (f folder) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		// The checksum database's "tile/8/0/000" is "tile/0/000" in c2sp.org/tlog-tiles, which has one height.
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func hash(data []byte) (h tlog.Hash) {
	copy(h[:], data)
	return h
}

func hashes(all [][]byte) (found []tlog.Hash) {
	for _, each := range all {
		found = append(found, hash(each))
	}
	return found
}
