package lint

import (
	"fmt"
	"slices"
	"strings"
)

// A listed package is what `go list -json` says about one of ours.
type listed struct {
	ImportPath   string
	Dir          string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// name returns the import path as the rules write it.
func (p listed) name() string {
	return short(p.ImportPath)
}

// allImports returns what the package and its tests import, each path once, as
// the rules write it. The package itself, which its external tests import, is
// left out.
func (p listed) allImports() []string {
	var paths []string
	for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
		if path != p.ImportPath {
			paths = append(paths, short(path))
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// short takes the module's path off our own import paths.
func short(path string) string {
	return strings.TrimPrefix(path, module+"/")
}

// matches reports whether a pattern of the rules stands for the path.
func matches(pattern, path string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == base || strings.HasPrefix(path, base+"/")
	}
	return path == pattern
}

func matchesAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, path) })
}

// checkLayers returns a complaint for every import that does not point down,
// and for every package that has no place.
func checkLayers(packages []listed, layers [][]string) []string {
	depth := make(map[string]int)
	for i, layer := range layers {
		for _, name := range layer {
			depth[name] = i
		}
	}
	var complaints []string
	for _, p := range packages {
		own, ok := depth[p.name()]
		if !ok {
			complaints = append(complaints, p.name()+" has no place among the layers in internal/lint/rules.go")
			continue
		}
		for _, path := range p.Imports {
			below, ours := depth[short(path)]
			if ours && below <= own {
				complaints = append(complaints, fmt.Sprintf("%s imports %s, which is not below it", p.name(), short(path)))
			}
		}
	}
	return complaints
}

// checkReserves returns a complaint for every import that is kept to others.
func checkReserves(packages []listed, reserves []reserve) []string {
	var complaints []string
	for _, p := range packages {
		for _, path := range p.allImports() {
			for _, r := range reserves {
				if matches(r.what, path) && !matchesAny(r.only, p.name()) {
					complaints = append(complaints, fmt.Sprintf("%s imports %s: %s", p.name(), path, r.why))
				}
			}
		}
	}
	return complaints
}

// checkFences returns a complaint for every import of ours that leaves a fence.
// ours says whether a path, as the rules write it, is one of our packages.
func checkFences(packages []listed, fences []fence) []string {
	ours := make(map[string]bool)
	for _, p := range packages {
		ours[p.name()] = true
	}
	var complaints []string
	for _, p := range packages {
		for _, f := range fences {
			if !matchesAny(f.around, p.name()) {
				continue
			}
			for _, path := range p.allImports() {
				if ours[path] && !matchesAny(f.allows, path) {
					complaints = append(complaints, fmt.Sprintf("%s imports %s: %s", p.name(), path, f.why))
				}
			}
		}
	}
	return complaints
}
