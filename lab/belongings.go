package lab

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// A deposit is a picture on disk: what is known of it, and the names of the clients who sent it.
type deposit struct {
	Picture
	Owners []string `json:"owners"`
}

const (
	mostOwners = 64  // of a picture that are kept
	everybody  = "*" // in the place of all further ones, who never give it up
)

// add adds an owner.
func (d *deposit) add(who string) {
	switch {
	case who == "" || slices.Contains(d.Owners, who):
	case len(d.Owners) < mostOwners:
		d.Owners = append(d.Owners, who)
	case len(d.Owners) == mostOwners:
		d.Owners = append(d.Owners, everybody)
	}
}

// deposit reads what is known of a picture, and of whom it came from.
func (l *Lab) deposit(id string) (*deposit, error) {
	unknown := refuse(http.StatusNotFound, "picture_unknown", "there is no picture "+quoted(id), "POST /api/pictures stores one")
	if !isHex(id, 64) {
		return nil, unknown
	}
	data, err := os.ReadFile(l.picturePath(id) + ".json")
	var d deposit
	if err != nil || json.Unmarshal(data, &d) != nil || d.ID != id {
		return nil, unknown
	}
	return &d, nil
}

func notYours(what string) error {
	return refuse(http.StatusForbidden, "not_yours", what+" was sent by somebody else", "only its sender can delete it")
}

// takeBack deletes a picture for one who has sent it. If others have sent it, too, it stays theirs.
func (l *Lab) takeBack(id, who string) error {
	l.tidying.Lock()
	defer l.tidying.Unlock()
	d, err := l.deposit(id)
	if err != nil {
		return err
	}
	if who == everybody || !slices.Contains(d.Owners, who) {
		return notYours("this picture")
	}
	if len(d.Owners) > 1 {
		d.Owners = slices.DeleteFunc(d.Owners, func(o string) bool { return o == who })
		return writeJSON(l.picturePath(id)+".json", d)
	}
	for _, r := range l.runs.list() {
		if !r.state().final() && (r.about.Picture.ID == id || r.about.Request.Mask == id) {
			return refuse(http.StatusConflict, "picture_in_use", "a run that has not ended needs this picture", "wait for its end, or cancel it")
		}
	}
	return l.dropPicture(id)
}

// dropPicture deletes the files of a picture; l.tidying is held.
func (l *Lab) dropPicture(id string) error {
	if info, err := os.Stat(l.picturePath(id)); err == nil {
		if err := os.Remove(l.picturePath(id)); err != nil {
			return err
		}
		l.pictureBytes -= onDisk(info.Size()) + onDisk(1)
	}
	return os.Remove(l.picturePath(id) + ".json")
}

// SentPicture is a picture as a client sees it.
type SentPicture struct {
	Picture
	Own bool `json:"own" doc:"this client has sent it, and can delete it"`
}

// shown describes a picture to the caller of a request.
func (l *Lab) shown(ctx context.Context, id string) (*pictureReply, error) {
	d, err := l.deposit(id)
	if err != nil {
		return nil, err
	}
	return &pictureReply{&SentPicture{d.Picture, slices.Contains(d.Owners, callerOf(ctx).name)}}, nil
}

func (l *Lab) registerTakeBack(api huma.API, tags []string) {
	huma.Register(api, huma.Operation{
		OperationID: "delete-picture", Method: http.MethodDelete, Path: "/api/pictures/{id}", DefaultStatus: http.StatusNoContent, Tags: tags,
		Summary: "Delete a picture that this client has sent", Description: "Where others have sent the same picture, it stays theirs. While a run needs it, it cannot be deleted.",
	}, func(ctx context.Context, in *struct {
		ID string `path:"id" maxLength:"64"`
	}) (*struct{}, error) {
		return nil, l.takeBack(in.ID, callerOf(ctx).name)
	})
}

// ownerFile is in the folder of a network that was sent, and has the name of the client who did.
const ownerFile = ".owner"

// sentBy reports whether a network was sent by a client. One whose sender is not known, because
// somebody put it into the lab's folder, is nobody's to delete.
func (l *Lab) sentBy(model, who string) bool {
	owner, err := os.ReadFile(filepath.Join(l.uploads().Dir, model, ownerFile))
	return err == nil && who != "" && string(owner) == who
}
