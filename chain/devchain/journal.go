package devchain

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/internal/wholefile"
)

// Journal file, version 1:
//
//	"MFCHAIN1" genesis[32]                                  header, once
//	length u32 | crc32c(length) u32 | payload | link[32]    one record per block
//	payload = time u64 | block hash[32] | raw transaction
//	link    = SHA-256(previous link | payload)              first previous = genesis
//
// Integers are big-endian. The length has a checksum of its own so that a
// flipped bit in it is told from a record that was cut short by a crash; the
// links make a record that was removed, changed or moved show.
const (
	journalMagic   = "MFCHAIN1"
	journalHeader  = len(journalMagic) + common.HashLength
	recordHeader   = 8
	recordFixed    = 8 + common.HashLength
	maxTransaction = 128 << 10 // bytes; the bound of go-ethereum's own pool
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// record is one journalled block: when, which, and its only transaction.
type record struct {
	time  uint64      // Unix seconds of the block
	block common.Hash // hash of the block that holds the transaction
	raw   []byte      // EIP-2718 bytes of the transaction
}

func (r record) payload() []byte {
	b := make([]byte, 0, recordFixed+len(r.raw))
	b = binary.BigEndian.AppendUint64(b, r.time)
	b = append(b, r.block[:]...)
	return append(b, r.raw...)
}

// errDamaged means bytes before the end of the journal are not what was
// written. A crash cannot do this; it is never repaired by dropping records.
var errDamaged = errors.New("journal damaged")

// readJournal parses what follows the header. It returns the records, the last
// link, and how many bytes hold whole records; bytes after those belong to a
// record that was being written when the machine stopped. errDamaged is
// returned when what is wrong cannot be such a record.
func readJournal(b []byte, genesis common.Hash) (records []record, link [32]byte, good int, err error) {
	link = genesis
	for good < len(b) {
		rest := b[good:]
		if len(rest) < recordHeader {
			return records, link, good, nil
		}
		length := binary.BigEndian.Uint32(rest)
		if crc32.Checksum(rest[:4], castagnoli) != binary.BigEndian.Uint32(rest[4:]) || length < recordFixed || length > recordFixed+maxTransaction {
			// After a power cut a file may have grown without its last bytes: zeros.
			if len(bytes.Trim(rest[recordHeader:], "\x00")) == 0 {
				return records, link, good, nil
			}
			return records, link, good, fmt.Errorf("%w at record %d (byte %d): bad length", errDamaged, len(records)+1, journalHeader+good)
		}
		end := recordHeader + int(length) + sha256.Size
		if len(rest) < end {
			return records, link, good, nil
		}
		payload := rest[recordHeader : recordHeader+int(length)]
		if next := nextLink(link, payload); !bytes.Equal(next[:], rest[end-sha256.Size:end]) {
			if len(rest) == end {
				return records, link, good, nil
			}
			return records, link, good, fmt.Errorf("%w at record %d (byte %d): checksum differs", errDamaged, len(records)+1, journalHeader+good)
		}
		link = nextLink(link, payload)
		records = append(records, record{
			time:  binary.BigEndian.Uint64(payload),
			block: common.BytesToHash(payload[8:recordFixed]),
			raw:   bytes.Clone(payload[recordFixed:]),
		})
		good += end
	}
	return records, link, good, nil
}

func nextLink(previous [32]byte, payload []byte) [32]byte {
	h := sha256.New()
	h.Write(previous[:])
	h.Write(payload)
	return [32]byte(h.Sum(nil))
}

// journal is the open file, positioned at its end.
type journal struct {
	file *os.File
	size int64
	link [32]byte
}

// openJournal opens or creates the journal of the chain with this genesis and
// returns its records. A torn last record is cut off; its bytes stay beside
// the journal in a file of their own.
func openJournal(path string, genesis common.Hash) (*journal, []record, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) || (err == nil && len(b) < journalHeader && bytes.HasPrefix(append([]byte(journalMagic), genesis[:]...), b)) {
		if err := wholefile.Write(path, append([]byte(journalMagic), genesis[:]...), 0o600); err != nil {
			return nil, nil, err
		}
		b, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, nil, err
	}
	if len(b) < journalHeader || string(b[:len(journalMagic)]) != journalMagic {
		return nil, nil, fmt.Errorf("%w: it does not start like a journal", errDamaged)
	}
	if got := common.BytesToHash(b[len(journalMagic):journalHeader]); got != genesis {
		return nil, nil, fmt.Errorf("%w: it belongs to the chain with genesis %s, not %s", errDamaged, got, genesis)
	}
	records, link, good, err := readJournal(b[journalHeader:], genesis)
	if err != nil {
		return nil, nil, err
	}
	size := int64(journalHeader + good)
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, err
	}
	if torn := b[size:]; len(torn) > 0 {
		err = wholefile.Write(path+".torn", torn, 0o600)
		if err == nil {
			err = f.Truncate(size)
		}
		if err == nil {
			err = f.Sync()
		}
	}
	if err == nil {
		_, err = f.Seek(size, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return &journal{file: f, size: size, link: link}, records, nil
}

// append writes one record and returns when it is on the disk. After an error
// the file is as before; when even that fails, the error wraps errDamaged.
func (j *journal) append(r record) error {
	payload := r.payload()
	link := nextLink(j.link, payload)
	b := make([]byte, 0, recordHeader+len(payload)+len(link))
	b = binary.BigEndian.AppendUint32(b, uint32(len(payload)))
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	b = append(append(b, payload...), link[:]...)
	_, err := j.file.Write(b)
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		undo := j.file.Truncate(j.size)
		if undo == nil {
			_, undo = j.file.Seek(j.size, io.SeekStart)
		}
		if undo == nil {
			undo = j.file.Sync()
		}
		if undo != nil {
			return fmt.Errorf("%w: %w, and the half record could not be taken back: %w", errDamaged, err, undo)
		}
		return err
	}
	j.size += int64(len(b))
	j.link = link
	return nil
}

func (j *journal) close() error { return j.file.Close() }
