package bench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Machine names what a measurement ran on.
type Machine struct {
	Kernel   string `json:"kernel"`
	CPUModel string `json:"cpu_model"`
	CPUs     int    `json:"cpus"` // usable by this process
	Go       string `json:"go"`   // that built the bench
}

// ReadMachine describes this machine. proc is where procfs is mounted, "/proc"
// in life.
func ReadMachine(proc string) (Machine, error) {
	release, err := os.ReadFile(filepath.Join(proc, "sys/kernel/osrelease"))
	if err != nil {
		return Machine{}, fmt.Errorf("read kernel release: %w", err)
	}
	cpuinfo, err := os.ReadFile(filepath.Join(proc, "cpuinfo"))
	if err != nil {
		return Machine{}, fmt.Errorf("read CPU model: %w", err)
	}
	return Machine{
		Kernel:   strings.TrimSpace(string(release)),
		CPUModel: cpuModel(cpuinfo),
		CPUs:     runtime.NumCPU(),
		Go:       runtime.Version(),
	}, nil
}

// cpuModel returns the model in the text of /proc/cpuinfo. Not every
// architecture names it there.
func cpuModel(cpuinfo []byte) string {
	for line := range bytes.Lines(cpuinfo) {
		key, value, found := bytes.Cut(line, []byte{':'})
		if found && string(bytes.TrimSpace(key)) == "model name" {
			return string(bytes.TrimSpace(value))
		}
	}
	return "unknown " + runtime.GOARCH
}

// String returns one line for a report's head.
func (m Machine) String() string {
	return fmt.Sprintf("Linux %s, %s, %d CPUs, %s", m.Kernel, m.CPUModel, m.CPUs, m.Go)
}
