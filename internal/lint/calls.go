package lint

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
)

// checkGnetEngine returns a complaint for every place in a Go file that names
// something of gnet's engine. src may be nil, and is read from the file then.
func checkGnetEngine(filename string, src any) ([]string, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, filename, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse Go file: %w", err)
	}
	name := importName(file, gnetPath, "gnet")
	switch name {
	case "":
		return nil, nil
	case ".":
		return []string{filename + " imports gnet with a dot, which hides what it takes"}, nil
	}
	var complaints []string
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		id, ok := selector.X.(*ast.Ident)
		if ok && id.Name == name && slices.Contains(gnetEngine, selector.Sel.Name) {
			complaints = append(complaints, fmt.Sprintf("%s takes gnet.%s: gnet's engine belongs to %s",
				files.Position(n.Pos()), selector.Sel.Name, gnetHome))
		}
		return true
	})
	return complaints, nil
}

// importName returns the name under which the file imports a package, or ""
// when it does not. usual is the package's own name.
func importName(file *ast.File, importPath, usual string) string {
	for _, spec := range file.Imports {
		value, err := strconv.Unquote(spec.Path.Value)
		switch {
		case err != nil || path.Clean(value) != importPath:
		case spec.Name == nil:
			return usual
		default:
			return spec.Name.Name
		}
	}
	return ""
}
