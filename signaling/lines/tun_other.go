//go:build !linux

package lines

import (
	"errors"
	"os"
)

func openTUN(string) (*os.File, error) {
	return nil, errors.New("network namespaces and TUN devices need Linux")
}
