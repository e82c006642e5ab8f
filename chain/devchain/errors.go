package devchain

import (
	"fmt"

	"github.com/modelfactory/modelfactory/chain"
)

func failed(err error, next, format string, args ...any) error {
	return &chain.Error{Kind: chain.KindFailed, Message: fmt.Sprintf(format, args...), Next: next, Err: err}
}

func refused(err error, next, format string, args ...any) error {
	return &chain.Error{Kind: chain.KindRefused, Message: fmt.Sprintf(format, args...), Next: next, Err: err}
}
