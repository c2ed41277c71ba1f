package lab

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

const (
	headerTime  = 10 * time.Second        // for the head of a request to arrive
	idleTime    = 2 * time.Minute         // between two requests of a connection
	maxHeader   = 64 << 10                // bytes of a request's head
	closingTime = 1200 * time.Millisecond // for runs to end with their best picture
	partingTime = 100 * time.Millisecond  // for answers that are nearly sent
)

// connections are open ones, with or without a request. A proxy's all come from its address.
var connections = bounds{client: 512, address: 256, all: 512}

// Serve answers at a listener until ctx ends, and then closes the lab: within two seconds, whatever
// is being computed. It is an error if a run could not end with its best picture in that time.
func (l *Lab) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: l.Handler(), ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(&door{listener, newRoll(connections)}) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	listener.Close() // accepts nobody new while the rest ends
	closing, cancel := context.WithTimeout(context.Background(), l.patience)
	defer cancel()
	err := l.Close(closing)
	if errors.Is(err, context.DeadlineExceeded) && l.runs.unended() == 0 {
		err = nil // nothing that is kept is missing
	}
	parting, cancel := context.WithTimeout(context.Background(), partingTime)
	defer cancel()
	if server.Shutdown(parting) != nil {
		server.Close()
	}
	return err
}

// A door is a listener that hangs up on those who have too many connections already.
type door struct {
	net.Listener
	roll *roll
}

// Accept implements net.Listener.
func (d *door) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if leave, ok := d.roll.take(caller{address: network(c.RemoteAddr().String())}, 1); ok {
			return &visit{c, leave}, nil
		}
		c.Close()
	}
}

// A visit is a connection that is counted until it is closed.
type visit struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (v *visit) Close() error {
	v.leave()
	return v.Conn.Close()
}
