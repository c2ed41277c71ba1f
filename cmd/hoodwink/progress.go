package main

import (
	"bytes"
	"io"
	"time"

	"hoodwink/model/store"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// A bar shows progress on a terminal; elsewhere it is silent.
type bar struct {
	all *mpb.Progress
	one *mpb.Bar

	screen bool // standard output is on a terminal, too
}

// progress starts a bar for total units of work.
func (a *app) progress(what string, total int) *bar {
	if !a.interactive() || total < 2 {
		return &bar{}
	}
	return a.newBar(what, int64(total), decor.CountersNoUnit("%d / %d", decor.WCSyncSpace))
}

// progressBytes starts a bar for a download.
func (a *app) progressBytes(what string, total int64) *bar {
	if !a.interactive() {
		return &bar{}
	}
	return a.newBar(what, total, decor.CountersKibiByte("% .1f / % .1f", decor.WCSyncSpace))
}

func (a *app) newBar(what string, total int64, counters decor.Decorator) *bar {
	p := mpb.New(mpb.WithOutput(a.terminal), mpb.WithWidth(40), mpb.WithRefreshRate(150*time.Millisecond))
	one := p.New(total, mpb.BarStyle().Lbound("").Filler("━").Tip("━").Padding("─").Rbound(""),
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(what, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(counters, decor.OnComplete(decor.AverageETA(decor.ET_STYLE_GO, decor.WCSyncSpace), "")))
	return &bar{all: p, one: one, screen: a.screen}
}

// add records n finished units.
func (b *bar) add(n int) {
	if b.one != nil {
		b.one.IncrBy(n)
	}
}

// set records the total that is finished.
func (b *bar) set(n int64) {
	if b.one != nil {
		b.one.SetCurrent(n)
	}
}

// above prints whole lines on w, or above the bar if both are on the terminal.
func (b *bar) above(w io.Writer, lines func(io.Writer)) {
	if b.one == nil {
		lines(w)
		return
	}
	var text bytes.Buffer
	lines(&text)
	if b.screen {
		b.all.Write(text.Bytes())
		return
	}
	w.Write(text.Bytes())
}

// stop removes the bar. It may be called twice.
func (b *bar) stop() {
	if b.one == nil {
		return
	}
	b.one.Abort(true)
	b.all.Wait()
	b.one = nil
}

// A pull shows a bar for the file that is being downloaded.
type pull struct {
	a          *app
	name, file string // what is downloaded, and its present file
	bar        *bar
}

func (a *app) newPull(name string) *pull { return &pull{a: a, name: name, bar: &bar{}} }

// progress is the callback for store.Pull and similar functions.
func (p *pull) progress(now store.Progress) {
	if now.Waiting {
		p.a.note("another process is fetching %s; waiting for it", p.name)
		return
	}
	if now.File != p.file {
		p.bar.stop()
		p.file, p.bar = now.File, p.a.progressBytes(now.File, now.Total)
	}
	p.bar.set(now.Done)
}

func (p *pull) stop() { p.bar.stop() }
