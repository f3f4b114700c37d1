package main

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"

	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// What 5.x (kreuzwerker/terraform-provider-docker 4.5) does and 2.23 does not.
// Each function below names the difference it makes good.

func docker(meta any) *client.Client {
	return meta.(*provider.ProviderConfig).DockerClient
}

func noSuchContainer(err error) bool {
	return err != nil && (client.IsErrNotFound(err) || strings.Contains(err.Error(), "No such container"))
}

// addUploadPermissions: `uploads[].permissions` came with 3.x.
func addUploadPermissions(r *schema.Resource) {
	upload := r.Schema["upload"].Elem.(*schema.Resource)
	upload.Schema["permissions"] = &schema.Schema{Type: schema.TypeString, Optional: true, ForceNew: true}
}

func behaveLikeFive(r *schema.Resource) {
	r.Timeouts = &schema.ResourceTimeout{
		Create: schema.DefaultTimeout(20 * time.Minute),
		Update: schema.DefaultTimeout(20 * time.Minute),
		Delete: schema.DefaultTimeout(20 * time.Minute),
	}
	create, read, update, remove := r.CreateContext, r.ReadContext, r.UpdateContext, r.DeleteContext
	r.ReadContext = readLikeFive(read)
	r.CreateContext = createLikeFive(create, r.ReadContext)
	r.UpdateContext = updateLikeFive(update)
	r.DeleteContext = deleteLikeFive(remove)
}

// createLikeFive: a container that exits at once is not an error, `wait` without
// a healthcheck is one, and uploads honour their permissions. 2.23 is asked to
// create and connect only; starting and waiting happen here.
func createLikeFive(create schema.CreateContextFunc, read schema.ReadContextFunc) schema.CreateContextFunc {
	return func(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
		wanted := map[string]bool{}
		for _, key := range []string{"start", "must_run", "wait", "attach"} {
			wanted[key] = d.Get(key).(bool)
			_ = d.Set(key, false)
		}
		name := d.Get("name").(string)
		unread, err := withoutRead(meta)
		if err != nil {
			return diag.FromErr(err)
		}
		diags := create(ctx, d, unread)
		for key, value := range wanted {
			_ = d.Set(key, value)
		}
		if diags.HasError() {
			return diags
		}
		made, err := docker(meta).ContainerInspect(ctx, name)
		if err != nil {
			return append(diags, diag.Errorf("error inspecting the container: %s", err)...)
		}
		d.SetId(made.ID)
		if err := uploadWithPermissions(ctx, d, docker(meta)); err != nil {
			return append(diags, diag.FromErr(err)...)
		}
		if wanted["start"] {
			if err := docker(meta).ContainerStart(ctx, d.Id(), types.ContainerStartOptions{}); err != nil {
				return append(diags, diag.Errorf("Unable to start container: %s", err)...)
			}
			if wanted["wait"] {
				limit := time.Duration(d.Get("wait_timeout").(int)) * time.Second
				if err := waitHealthy(ctx, docker(meta), d.Id(), limit); err != nil {
					return append(diags, diag.FromErr(err)...)
				}
			}
		}
		if wanted["attach"] {
			if err := waitForExit(ctx, d, docker(meta)); err != nil {
				return append(diags, diag.FromErr(err)...)
			}
		}
		return append(diags, read(ctx, d, meta)...)
	}
}

func uploadWithPermissions(ctx context.Context, d *schema.ResourceData, c *client.Client) error {
	for _, raw := range d.Get("upload").(*schema.Set).List() {
		upload := raw.(map[string]any)
		permissions, _ := upload["permissions"].(string)
		if permissions == "" {
			continue
		}
		mode, err := strconv.ParseInt(permissions, 8, 32)
		if err != nil {
			return fmt.Errorf("error parsing permission: %w", err)
		}
		content := []byte(upload["content"].(string))
		if encoded := upload["content_base64"].(string); encoded != "" {
			if content, err = base64.StdEncoding.DecodeString(encoded); err != nil {
				return err
			}
		}
		if source := upload["source"].(string); source != "" {
			if content, err = os.ReadFile(source); err != nil {
				return fmt.Errorf("could not read file: %w", err)
			}
		}
		var archive bytes.Buffer
		w := tar.NewWriter(&archive)
		header := &tar.Header{Name: upload["file"].(string), Mode: mode, Size: int64(len(content)), ModTime: time.Now()}
		if err := w.WriteHeader(header); err != nil {
			return err
		}
		if _, err := w.Write(content); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		if err := c.CopyToContainer(ctx, d.Id(), "/", &archive, types.CopyToContainerOptions{}); err != nil {
			return fmt.Errorf("unable to upload volume content: %w", err)
		}
	}
	return nil
}

func waitHealthy(ctx context.Context, c *client.Client, id string, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		info, err := c.ContainerInspect(ctx, id)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return errors.New("container failed to be in healthy state")
		}
		if err != nil {
			return fmt.Errorf("error inspecting container state: %w", err)
		}
		if info.State == nil || info.State.Health == nil {
			return errors.New("you have supplied a 'wait' argument, but the container does not have a healthcheck defined. " +
				"Please remove the 'wait' argument or add a 'healthcheck' attribute")
		}
		if info.State.Health.Status == types.Healthy {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.New("container failed to be in healthy state")
		case <-time.After(time.Second):
		}
	}
}

func waitForExit(ctx context.Context, d *schema.ResourceData, c *client.Client) error {
	done, failed := c.ContainerWait(ctx, d.Id(), container.WaitConditionNotRunning)
	select {
	case err := <-failed:
		if err != nil {
			return fmt.Errorf("unable to wait container end of execution: %w", err)
		}
	case <-done:
	}
	if !d.Get("logs").(bool) {
		return nil
	}
	reader, err := c.ContainerLogs(ctx, d.Id(), types.ContainerLogsOptions{ShowStdout: true, ShowStderr: true})
	if err != nil {
		return err
	}
	defer reader.Close()
	var logs bytes.Buffer
	if _, err := stdcopy.StdCopy(&logs, &logs, reader); err != nil {
		return err
	}
	return d.Set("container_logs", logs.String())
}

// readLikeFive: a stopped container stays and shows as `must_run: false`, where
// 2.23 deletes it; `image` reads back as the name it was created from; fields
// that were not configured do not appear.
func readLikeFive(read schema.ReadContextFunc) schema.ReadContextFunc {
	return func(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
		info, err := docker(meta).ContainerInspect(ctx, d.Id())
		if noSuchContainer(err) {
			d.SetId("")
			return nil
		}
		if err != nil {
			return diag.FromErr(err)
		}
		mustRun := d.Get("must_run").(bool)
		running := info.State.Running
		if !running {
			_ = d.Set("must_run", false)
		}
		configured := map[string]any{}
		for _, key := range []string{"ports", "ulimit", "devices", "pid_mode", "log_opts"} {
			configured[key], _ = d.GetOk(key)
			if value, ok := d.GetOk(key); ok {
				configured[key] = value
			} else {
				configured[key] = nil
			}
		}
		image := d.Get("image").(string)

		diags := read(ctx, d, meta)
		if diags.HasError() || d.Id() == "" {
			return diags
		}
		for key, value := range configured {
			if value == nil {
				_ = d.Set(key, nil)
			}
		}
		if configured["ports"] != nil && !running && !mustRun {
			_ = d.Set("ports", configured["ports"])
		}
		if strings.HasPrefix(image, "sha256:") {
			_ = d.Set("image", info.Image)
		} else {
			_ = d.Set("image", info.Config.Image)
		}
		return diags
	}
}

// updateLikeFive: a stopped container whose `must_run` is wanted again is started.
func updateLikeFive(update schema.UpdateContextFunc) schema.UpdateContextFunc {
	return func(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
		if d.HasChange("must_run") && d.Get("must_run").(bool) && d.Get("start").(bool) {
			if err := docker(meta).ContainerStart(ctx, d.Id(), types.ContainerStartOptions{}); err != nil {
				return diag.Errorf("Unable to start container: %s", err)
			}
		}
		return update(ctx, d, meta)
	}
}

// deleteLikeFive: a container that is gone already is deleted already.
func deleteLikeFive(remove schema.DeleteContextFunc) schema.DeleteContextFunc {
	return func(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
		if _, err := docker(meta).ContainerInspect(ctx, d.Id()); noSuchContainer(err) {
			d.SetId("")
			return nil
		}
		return remove(ctx, d, meta)
	}
}
