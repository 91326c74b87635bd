package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Limits of a Comparison.
const blocksMax = 10_000

// Side is one of the two servers that are compared.
type Side struct {
	// Command is the program and its arguments. The comparison adds --listen
	// and --status to them.
	Command []string `json:"command"`
	// Engine is the engine that the server's status must name. Empty means any.
	Engine string `json:"engine,omitempty"`
}

// Comparison measures two servers in turn, in blocks of one run each, every run
// on a fresh process. Requests go to one server at a time; the other is not
// running.
type Comparison struct {
	A, B Side
	// Blocks is the number of pairs. Zero means 10; at most 10000.
	Blocks int
	// Seed decides which side goes first in which block.
	Seed uint64
	// ServerCPUs are those that the servers may run on. Empty means not pinned.
	ServerCPUs []int
	// Load is what each run puts on the server. Its address and hooks are
	// filled in here.
	Load Load

	// OnStart and OnMeasured, where not nil, are called before and after each
	// run, on the goroutine of Run.
	OnStart    func(block int, side string)
	OnMeasured func(Measurement)
}

// Measurement is one run of one side.
type Measurement struct {
	Block  int    `json:"block"` // from 1
	Side   string `json:"side"`  // "A" or "B"
	Engine string `json:"engine"`
	Reason string `json:"engine_reason"`

	Result   Result   `json:"result"`
	Usage    Usage    `json:"usage"`    // of the server process within the window
	Counters Counters `json:"counters"` // of its loops within the window
}

// Block is one run of each side, the one right after the other.
type Block struct {
	A Measurement `json:"a"`
	B Measurement `json:"b"`
}

// withDefaults returns the comparison with its zero values replaced.
func (c Comparison) withDefaults() Comparison {
	if c.Blocks == 0 {
		c.Blocks = 10
	}
	c.Load = c.Load.withDefaults()
	return c
}

// Validate returns an error that says what is out of its range.
func (c Comparison) Validate() error {
	switch {
	case len(c.A.Command) == 0:
		return errors.New("side A has no command")
	case len(c.B.Command) == 0:
		return errors.New("side B has no command")
	case c.Blocks < 0 || c.Blocks > blocksMax:
		return fmt.Errorf("blocks: %d is not within 1 and %d", c.Blocks, blocksMax)
	}
	if err := checkCPUs(c.ServerCPUs); err != nil {
		return err
	}
	return c.Load.Validate()
}

// Run measures all blocks. It returns the blocks that were finished, together
// with the error that ended it, if any. When ctx ends, the run under way is
// dropped and that is no error, unless no block was finished or a server does
// not stop.
func (c Comparison) Run(ctx context.Context) ([]Block, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.withDefaults()
	dir, err := os.MkdirTemp("", "fibbench-")
	if err != nil {
		return nil, fmt.Errorf("make directory for status sockets: %w", err)
	}
	blocks, err := c.runBlocks(ctx, dir)
	if ctx.Err() != nil && !errors.Is(err, ErrNotStopping) {
		err = nil
		if len(blocks) == 0 {
			err = ErrInterrupted
		}
	}
	return blocks, errors.Join(err, os.RemoveAll(dir))
}

// runBlocks is Run with a directory for the status sockets.
func (c Comparison) runBlocks(ctx context.Context, dir string) ([]Block, error) {
	var blocks []Block
	for i, aFirst := range blockOrder(c.Seed, c.Blocks) {
		order := []string{"B", "A"}
		if aFirst {
			order = []string{"A", "B"}
		}
		var block Block
		for _, side := range order {
			m, err := c.runSide(ctx, i+1, side, filepath.Join(dir, fmt.Sprint(i+1, side)))
			if err != nil {
				return blocks, fmt.Errorf("block %d, %s: %w", i+1, side, err)
			}
			if side == "A" {
				block.A = m
			} else {
				block.B = m
			}
		}
		blocks = append(blocks, block)
	}
	return blocks, nil
}

// blockOrder says for each block whether A goes first. Both orders are equally
// frequent, or nearly, so that a machine that slows down in time harms neither
// side; which block has which is random.
func blockOrder(seed uint64, blocks int) []bool {
	random := rand.New(rand.NewPCG(seed, 0))
	aFirst := make([]bool, blocks)
	offset := random.IntN(2) // decides who has the odd block
	for i := range aFirst {
		aFirst[i] = (i+offset)%2 == 0
	}
	random.Shuffle(blocks, func(i, j int) { aFirst[i], aFirst[j] = aFirst[j], aFirst[i] })
	return aFirst
}

// runSide starts a server, measures it and stops it.
func (c Comparison) runSide(ctx context.Context, block int, name, status string) (m Measurement, err error) {
	side := c.A
	if name == "B" {
		side = c.B
	}
	if c.OnStart != nil {
		c.OnStart(block, name)
	}
	server, ready, err := StartServer(ctx, ServerConfig{
		Command: slices.Concat(side.Command, []string{"--listen", "line://127.0.0.1:0", "--status", status}),
		CPUs:    c.ServerCPUs,
		Status:  status,
	})
	if err != nil {
		return Measurement{}, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	if side.Engine != "" && ready.Engine != side.Engine {
		return Measurement{}, fmt.Errorf("%w: want %q, the status says %q (%s)",
			ErrWrongEngine, side.Engine, ready.Engine, ready.EngineReason)
	}
	m, err = measureServer(ctx, server, ready, status, c.Load)
	if err != nil {
		return Measurement{}, err
	}
	m.Block, m.Side = block, name
	if m.Result.Interrupted {
		return Measurement{}, ErrInterrupted
	}
	if c.OnMeasured != nil {
		c.OnMeasured(m)
	}
	return m, nil
}

// measureServer puts the load on a server that has just got ready and observes
// it at the edges of the window.
func measureServer(ctx context.Context, server *Server, ready Status, path string, load Load) (Measurement, error) {
	w := watch{ctx: ctx, pid: server.PID(), path: path}
	if ready.PID != 0 {
		w.pid = ready.PID // the command may be a wrapper around the server
	}
	load.Address = ready.LineAddress()
	load.WindowBegin, load.WindowEnd = w.begin, w.end
	result, err := load.Run(ctx)
	if err != nil {
		// Its end explains a broken connection better than the connection does.
		return Measurement{}, errors.Join(server.endedSoon(), err)
	}
	return Measurement{
		Engine:   ready.Engine,
		Reason:   ready.EngineReason,
		Result:   result,
		Usage:    w.usage,
		Counters: w.counters,
	}, nil
}

// watch reads what a server has used at both edges of the measured window. The
// status is asked for outside of the process samples, because answering costs
// the server CPU time.
type watch struct {
	ctx  context.Context
	pid  int
	path string

	status   Status
	sample   ProcessSample
	usage    Usage
	counters Counters
}

// begin is a Load's WindowBegin.
func (w *watch) begin() (err error) {
	if w.status, err = w.readStatus(); err != nil {
		return err
	}
	w.sample, err = SampleProcess(w.pid)
	return err
}

// end is a Load's WindowEnd.
func (w *watch) end() error {
	sample, err := SampleProcess(w.pid)
	if err != nil {
		return err
	}
	status, err := w.readStatus()
	if err != nil {
		return err
	}
	if status.Engine != w.status.Engine {
		return fmt.Errorf("%w: it was %q and now is %q", ErrWrongEngine, w.status.Engine, status.Engine)
	}
	w.usage = sample.Since(w.sample)
	w.counters = status.Total().Since(w.status.Total())
	return nil
}

// readStatus asks for the status, for a bounded time.
func (w *watch) readStatus() (Status, error) {
	ctx, cancel := context.WithTimeout(w.ctx, 5*time.Second)
	defer cancel()
	return ReadStatus(ctx, w.path)
}
