package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"
)

// webRead is one way to read. Each request asks for another instance, where it asks for one, so that no answer was given before.
type webRead struct {
	requests int
	accept   string
	path     func(study string, i int) string // behind the study's address
	// whole looks at the first answer as a whole, before the clock runs.
	whole func(header http.Header, body []byte) error
	// each looks at every other one: at its length, and at as much of it as fits in the buffer.
	each func(n int64, begin []byte) error
}

// webBuffer is what an answer is read with. The client is to cost little: it runs on the same machine.
const webBuffer = 1 << 20

// ready makes sure that there is a study to read.
func (w *webBench) ready(ctx context.Context, p *benchPeer) (study string, err error) {
	if w.studies[p] == "" {
		if _, err := w.stow(ctx, 0, p); err != nil {
			return "", err
		}
	}
	return w.studies[p], nil
}

// run asks one after the other over one connection and answers how many came a second.
func (w *webBench) run(ctx context.Context, p *benchPeer, r webRead) (float64, error) {
	study, err := w.ready(ctx, p)
	if err != nil {
		return 0, err
	}
	header := p.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Accept", r.accept)
	header.Set("Accept-Encoding", "identity")
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	buffer := make([]byte, webBuffer)
	one := func(i int, look func(*http.Response) error) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.web+"/studies/"+study+r.path(study, i), nil)
		if err != nil {
			return err
		}
		req.Header = header
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		if res.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %s", req.URL.Path, res.Status)
		} else if err = look(res); err != nil {
			err = fmt.Errorf("%s: %w", req.URL.Path, err)
		}
		return errors.Join(err, res.Body.Close())
	}
	err = one(0, func(res *http.Response) error {
		body, err := io.ReadAll(res.Body)
		if err != nil {
			return err
		}
		return r.whole(res.Header, body)
	})
	if err != nil {
		return 0, err
	}
	began := time.Now()
	for i := range r.requests {
		err := one(i+1, func(res *http.Response) error {
			n, err := drain(res.Body, buffer)
			if err != nil {
				return err
			}
			return r.each(n, buffer[:min(n, webBuffer)])
		})
		if err != nil {
			return 0, err
		}
	}
	return float64(r.requests) / time.Since(began).Seconds(), nil
}

// drain reads to the end. The buffer holds the whole of what fits into it.
func drain(r io.Reader, buffer []byte) (n int64, err error) {
	for at := 0; ; {
		if at == len(buffer) {
			at = 0
		}
		k, err := r.Read(buffer[at:])
		at, n = at+k, n+int64(k)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

func (w *webBench) frames(ctx context.Context, _ int, p *benchPeer) (float64, error) {
	const size = webSide * webSide * 2
	return w.run(ctx, p, webRead{
		requests: w.instances - 1,
		accept:   `multipart/related; type="application/octet-stream"`,
		path: func(study string, i int) string {
			return "/series/" + study + webSeries + "/instances/" + w.instance(study, i) + "/frames/1"
		},
		whole: partsOf(1, func(part []byte) error { return exactly(size, len(part)) }),
		each:  between(size, size+1000),
	})
}

func (w *webBench) rendered(ctx context.Context, _ int, p *benchPeer) (float64, error) {
	return w.run(ctx, p, webRead{
		requests: w.instances - 1,
		accept:   "image/jpeg",
		path: func(study string, i int) string {
			return "/series/" + study + webSeries + "/instances/" + w.instance(study, i) + "/frames/1/rendered?window=40,400,linear&quality=90"
		},
		whole: w.pictures.look,
		each: func(n int64, begin []byte) error {
			c, err := jpeg.DecodeConfig(bytes.NewReader(begin))
			if err != nil || c.Width != webSide || c.Height != webSide || !bytes.HasSuffix(begin, []byte{0xFF, 0xD9}) {
				return fmt.Errorf("%d bytes are no picture: %w", n, err)
			}
			return nil
		},
	})
}

func (w *webBench) study(ctx context.Context, _ int, p *benchPeer) (float64, error) {
	rate, err := w.run(ctx, p, webRead{
		requests: 5,
		accept:   `multipart/related; type="application/dicom"; transfer-syntax=*`,
		path:     func(string, int) string { return "" },
		whole: partsOf(w.instances, func(part []byte) error {
			if len(part) < webSide*webSide*2 || string(part[128:132]) != "DICM" {
				return fmt.Errorf("%d bytes are no instance", len(part))
			}
			return nil
		}),
		each: between(int64(w.instances)*webSide*webSide*2, int64(w.instances)*(webSide*webSide*2+10000)),
	})
	return rate * float64(w.instances), err
}

func (w *webBench) metadata(ctx context.Context, _ int, p *benchPeer) (float64, error) {
	rate, err := w.run(ctx, p, webRead{
		requests: 10,
		accept:   "application/dicom+json",
		path:     func(study string, _ int) string { return "/series/" + study + webSeries + "/metadata" },
		whole: func(_ http.Header, body []byte) error {
			return exactly(w.instances, bytes.Count(body, []byte(`"00080018"`)))
		},
		each: between(int64(w.instances)*500, int64(w.instances)*50_000),
	})
	return rate, err
}

func exactly(want, got int) error {
	if got != want {
		return fmt.Errorf("%d instead of %d", got, want)
	}
	return nil
}

func between(low, high int64) func(int64, []byte) error {
	return func(n int64, _ []byte) error {
		if n < low || n > high {
			return fmt.Errorf("%d bytes, not %d to %d", n, low, high)
		}
		return nil
	}
}

// partsOf looks at each part of a multipart answer.
func partsOf(count int, look func([]byte) error) func(http.Header, []byte) error {
	return func(header http.Header, body []byte) error {
		_, params, err := mime.ParseMediaType(header.Get("Content-Type"))
		if err != nil {
			return err
		}
		parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
		n := 0
		for ; ; n++ {
			part, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			b, err := io.ReadAll(part)
			if err != nil {
				return err
			}
			if err := look(b); err != nil {
				return err
			}
		}
		return exactly(count, n)
	}
}

// webPictures makes sure that all peers show the same.
type webPictures struct{ first *image.Gray }

// alike is how far two pictures of the same may differ, on average over their pixels.
const alike = 3

func (w *webPictures) look(_ http.Header, body []byte) error {
	img, err := jpeg.Decode(bytes.NewReader(body))
	if err != nil {
		return err
	}
	g, ok := img.(*image.Gray)
	if !ok {
		return fmt.Errorf("a picture of %T", img)
	}
	if w.first == nil {
		w.first = g
	}
	if g.Rect != image.Rect(0, 0, webSide, webSide) || g.Rect != w.first.Rect {
		return fmt.Errorf("a picture of %v", g.Rect)
	}
	sum := 0
	for y := range webSide {
		a, b := g.Pix[y*g.Stride:], w.first.Pix[y*w.first.Stride:]
		for x := range webSide {
			sum += max(int(a[x])-int(b[x]), int(b[x])-int(a[x]))
		}
	}
	if mean := float64(sum) / (webSide * webSide); mean > alike {
		return fmt.Errorf("another picture than that of the first peer: a difference of %.1f", mean)
	}
	return nil
}
