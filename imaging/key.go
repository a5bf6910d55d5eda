package imaging

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"yilian"
)

// objects is the prefix of all Part 10 files; derived is that of what can be made again from them.
const (
	objects = "dicom/"
	derived = "derived/"
)

// blobKey makes the key of a Part 10 file: dicom/SHARD/STUDY/INSTANCE.SECONDS.RANDOM. It is new for each arrival, so that removing
// a duplicate never touches the first; the moment in it lets the sweep spare what is being stored. The shard keeps folders small.
func blobKey(study yilian.StudyUID, instance yilian.InstanceUID, at time.Time) string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails
	name := string(instance) + "." + strconv.FormatInt(at.Unix(), 36) + "." + strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
	return objects + studyFolder(study) + name
}

// derivedKey names something made from an instance: derived/SHARD/STUDY/NAME.
func derivedKey(study yilian.StudyUID, name string) string {
	return derived + studyFolder(study) + name
}

func studyFolder(study yilian.StudyUID) string {
	sum := sha256.Sum256([]byte(study))
	return hex.EncodeToString(sum[:1]) + "/" + string(study) + "/"
}

// keyTime answers when the key of a Part 10 file was made.
func keyTime(key string) (time.Time, bool) {
	parts := strings.Split(key, ".")
	if len(parts) < 3 {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(parts[len(parts)-2], 36, 64)
	if err != nil {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0), true
}
