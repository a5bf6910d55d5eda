package request

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"

	"yilian"
	"yilian/consult/flow"
)

// attachable are the types that can be attached, as their first bytes show, with the ending of their names.
var attachable = map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}

// Attach adds a photograph (JPEG, PNG) or a PDF. The type is what the bytes say, whatever the name claims; the size is bounded by
// the settings. The bytes are durable before the request names them.
func (s *Service) Attach(ctx context.Context, cmd flow.Command, id yilian.RequestID, name string, body io.Reader) (Attachment, error) {
	if s.Files == nil {
		return Attachment{}, yilian.Errorf(yilian.Unavailable, "attachment.none", "This service keeps no attachments.")
	}
	r, err := s.look(ctx, cmd.Actor, id, ActAttach)
	if err != nil {
		return Attachment{}, err
	}
	rules, err := s.Directory.Settings(ctx, r.Site)
	if err != nil {
		return Attachment{}, err
	}
	if len(r.Attachments) >= rules.Consult.Attachments {
		return Attachment{}, yilian.Errorf(yilian.TooLarge, "attachment.many", "A request holds at most %d attachments.", rules.Consult.Attachments)
	}
	a := Attachment{ID: flow.NewID(), By: cmd.Actor.Person, At: s.Now().UTC()}
	if err := s.keep(ctx, &a, fileKey(r.ID, a.ID), body, rules.Consult.Attachment); err != nil {
		return Attachment{}, err
	}
	a.Name = fileName(name, a.Type)
	_, err = s.act(ctx, cmd, id, ActAttach, func(st *step) (flow.Change, error) {
		st.r.Attachments = append(st.r.Attachments, a)
		if st.r.State != Draft && st.r.State != Returned {
			st.r.seal() // an opinion names the version that it saw
		}
		return flow.Change{Data: map[string]any{"attachment": a.ID, "type": a.Type, "size": a.Size, "hash": a.Hash}}, nil
	})
	if err != nil {
		return Attachment{}, errors.Join(err, s.Files.Delete(context.WithoutCancel(ctx), fileKey(r.ID, a.ID)))
	}
	return a, nil
}

func fileKey(request, attachment string) string { return path.Join("attachments", request, attachment) }

// keep streams the body into the store and fills in what it turned out to be.
func (s *Service) keep(ctx context.Context, a *Attachment, key string, body io.Reader, limit int64) error {
	head := make([]byte, 512)
	n, err := io.ReadFull(body, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return invalid("attachment.empty", "The file is empty or did not arrive.")
	}
	head = head[:n]
	if a.Type = http.DetectContentType(head); attachable[a.Type] == "" {
		return invalid("attachment.type", "Only JPEG, PNG and PDF files can be attached.")
	}
	w, err := s.Files.Create(ctx)
	if err != nil {
		return fmt.Errorf("create attachment: %w", err)
	}
	hash := sha256.New()
	rest := io.LimitReader(body, limit-int64(n)+1)
	if a.Size, err = io.Copy(io.MultiWriter(w, hash), io.MultiReader(strings.NewReader(string(head)), rest)); err != nil {
		w.Abort()
		return fmt.Errorf("receive attachment: %w", err)
	}
	if a.Size > limit {
		w.Abort()
		e := yilian.Errorf(yilian.TooLarge, "attachment.large", "A file may have at most %d MB.", limit>>20)
		e.Params = map[string]any{"limit": limit >> 20}
		return e
	}
	a.Hash = hex.EncodeToString(hash.Sum(nil))
	if err := w.Commit(ctx, key); err != nil {
		return fmt.Errorf("store attachment: %w", err)
	}
	return nil
}

// fileName keeps the last part of a name, without characters that matter to a shell or a header, with the ending of its type.
func fileName(name, kind string) string {
	name = path.Base(strings.ReplaceAll(name, "\\", "/"))
	name = strings.TrimSuffix(name, path.Ext(name))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`"<>|:*?;/\`, r) || r == 0x7f {
			return -1
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > 80 {
		name = string(runes[:80])
	}
	if name == "" || name == "." {
		name = "file"
	}
	return name + attachable[kind]
}

// OpenAttachment answers an attachment and its bytes to somebody who may see the request. The caller closes it.
func (s *Service) OpenAttachment(ctx context.Context, actor yilian.Actor, id yilian.RequestID, attachment string) (Attachment, io.ReadCloser, error) {
	r, err := s.look(ctx, actor, id)
	if err != nil {
		return Attachment{}, nil, err
	}
	for _, a := range r.Attachments {
		if a.ID == attachment {
			body, err := s.Files.Open(ctx, fileKey(r.ID, a.ID), 0, -1)
			return a, body, err
		}
	}
	return Attachment{}, nil, yilian.Errorf(yilian.NotFound, "attachment.unknown", "There is no such attachment.")
}
