package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// interpreter finds the Python of a program or plugin and the environment to start it in: the virtual environment that
// the runtime option `virtualenv` names (a relative path counts from the folder of its YAML file), else the first
// python3 or python on PATH.
func interpreter(info *pulumirpc.ProgramInfo, env []string) (string, []string, error) {
	options := info.GetOptions().GetFields()
	if toolchain := options["toolchain"].GetStringValue(); toolchain != "" && toolchain != "pip" {
		return "", nil, fmt.Errorf(
			"the runtime option `toolchain: %s` is unknown to this language host; name the folder under `virtualenv`", toolchain)
	}
	folder := options["virtualenv"].GetStringValue()
	if folder == "" {
		return fromPath(env)
	}
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(info.GetRootDirectory(), folder)
	}
	python := filepath.Join(folder, "bin", "python")
	if _, err := os.Stat(python); err != nil {
		return "", nil, fmt.Errorf("%s is not a virtual environment (named by the runtime option `virtualenv`); `make setup` creates it", folder)
	}
	return python, activated(env, folder), nil
}

func fromPath(env []string) (string, []string, error) {
	for _, name := range []string{"python3", "python"} {
		if python, err := exec.LookPath(name); err == nil {
			return python, env, nil
		}
	}
	return "", nil, fmt.Errorf("there is no python3 on PATH and no runtime option `virtualenv` in the project file")
}

// activated is env as `source <folder>/bin/activate` would leave it.
func activated(env []string, folder string) []string {
	bin := filepath.Join(folder, "bin")
	result := []string{"VIRTUAL_ENV=" + folder}
	path := bin
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		switch name {
		case "PATH":
			path = bin + string(os.PathListSeparator) + value
		case "PYTHONHOME", "VIRTUAL_ENV":
		default:
			result = append(result, variable)
		}
	}
	return append(result, "PATH="+path)
}
