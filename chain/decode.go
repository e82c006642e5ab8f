package chain

import (
	"bytes"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/modelfactory/modelfactory/chain/bindings/datanets"
)

// Line is one decoded fact of a transaction.
type Line struct{ Name, Value string }

// meaning is what the bytes of a transaction say, without asking anybody.
type meaning struct {
	kind     string
	title    string // the verb
	sentence string
	does     []string
	doesNot  []string
	toName   string // name of the contract in the profile; empty = not known
	lines    []Line

	licenceNet   uint64      // of buy: to show the terms behind the digest
	licenceTerms common.Hash // of buy
}

// decode reads a transaction's bytes. Only calls to the profile's own contracts
// whose arguments encode back to exactly the same bytes are explained.
func decode(p Profile, tx *types.Transaction) meaning {
	to := tx.To()
	if to == nil {
		return meaning{
			kind: KindUnknownContract, title: "Put a contract on the network",
			sentence: fmt.Sprintf("Puts %d bytes of unknown program code on %s.", len(tx.Data()), p.Title),
		}
	}
	if r, ok := p.RegistryAt(*to); ok {
		if m, ok := decodeRegistry(p, r, tx); ok {
			return m
		}
	}
	if len(tx.Data()) == 0 {
		amount := FormatAmount(tx.Value()) + " " + p.Coin
		return meaning{
			kind: KindSend, title: "Send " + amount,
			sentence: fmt.Sprintf("Sends %s to %s.", amount, ShortAddress(*to)),
			does:     []string{"The recipient gets " + amount + ". It cannot be taken back."},
			doesNot:  []string{"It gives nobody permission to take more later."},
			toName:   contractName(p, *to),
		}
	}
	return meaning{
		kind: KindUnknownContract, title: "Call a contract that is not known", toName: contractName(p, *to),
		sentence: fmt.Sprintf("Sends %s %s and %d bytes of instructions that cannot be explained to %s.", FormatAmount(tx.Value()), p.Coin, len(tx.Data()), ShortAddress(*to)),
	}
}

// contractName names an address of the profile's registries.
func contractName(p Profile, a common.Address) string {
	r, ok := p.RegistryAt(a)
	if !ok {
		return ""
	}
	name := "DataNets"
	switch a {
	case r.Models:
		name = "ModelRegistry"
	case r.Licences:
		name = "Licences"
	}
	if r.Title != "" {
		name += " of " + r.Title
	}
	return name
}

func decodeRegistry(p Profile, r Registry, tx *types.Transaction) (meaning, bool) {
	a := netsABI.GetABI()
	switch *tx.To() {
	case r.Models:
		a = modelsABI.GetABI()
	case r.Licences:
		a = licencesABI.GetABI()
	}
	data := tx.Data()
	if len(data) < 4 {
		return meaning{}, false
	}
	method, err := a.MethodById(data[:4])
	if err != nil {
		return meaning{}, false
	}
	values, err := method.Inputs.Unpack(data[4:])
	if err != nil {
		return meaning{}, false
	}
	// Bytes that the decoder skips would be signed without being shown.
	if back, err := method.Inputs.Pack(values...); err != nil || !bytes.Equal(back, data[4:]) {
		return meaning{}, false
	}
	explain, ok := explainers[contractKey(r, *tx.To())+"."+method.Name]
	if !ok {
		return meaning{}, false
	}
	m := explain(p, tx, values)
	m.toName = contractName(p, *tx.To())
	for i, in := range method.Inputs {
		m.lines = append(m.lines, Line{in.Name, show(values[i])})
	}
	return m, true
}

func contractKey(r Registry, a common.Address) string {
	switch a {
	case r.Models:
		return "models"
	case r.Licences:
		return "licences"
	}
	return "nets"
}

type explainer func(p Profile, tx *types.Transaction, v []any) meaning

var noMoney = "It moves no coin besides the fee."

// explainers say what each call of our contracts does. The values have the
// types that the ABI gives them, because Unpack made them.
var explainers = map[string]explainer{
	"nets.createNet": func(p Profile, _ *types.Transaction, v []any) meaning {
		t := termsOf(*abi.ConvertType(v[1], new(datanets.Terms)).(*datanets.Terms))
		curators := v[2].([]common.Address)
		m := meaning{
			kind: KindCreateNet, title: "Register a DataNet",
			sentence: fmt.Sprintf("Registers a new DataNet on %s, owned by this account.", p.Title),
			does:     append([]string{"Its terms, for everybody to read:"}, t.lines(p.Coin)...),
			doesNot:  []string{"It puts no rows on the network, only digests.", noMoney},
		}
		if len(curators) > 0 {
			m.does = append(m.does, fmt.Sprintf("%d other accounts may publish versions of it.", len(curators)))
		}
		return m
	},
	"nets.publishVersion": func(p Profile, _ *types.Transaction, v []any) meaning {
		return meaning{
			kind: KindPublishVersion, title: "Publish a version",
			sentence: fmt.Sprintf("Publishes the next version of DataNet %d with %d rows on %s.", v[0], v[3], p.Title),
			does:     []string{"Anyone can check from then on whether a row belongs to it.", "A published version cannot be changed or removed."},
			doesNot:  []string{"It puts no rows on the network, only their root and the manifest's digest.", noMoney},
		}
	},
	"nets.setTerms": func(p Profile, _ *types.Transaction, v []any) meaning {
		t := termsOf(*abi.ConvertType(v[1], new(datanets.Terms)).(*datanets.Terms))
		return meaning{
			kind: KindSetTerms, title: "Change terms",
			sentence: fmt.Sprintf("Changes the terms of DataNet %d on %s.", v[0], p.Title),
			does:     append([]string{"Later versions and licences are under:"}, t.lines(p.Coin)...),
			doesNot:  []string{"Versions published before keep their terms.", noMoney},
		}
	},
	"nets.setCurator": func(p Profile, _ *types.Transaction, v []any) meaning {
		m := meaning{kind: KindSetCurator, title: "Let an account publish", doesNot: []string{noMoney}}
		m.sentence = fmt.Sprintf("Lets %s publish versions of DataNet %d.", ShortAddress(v[1].(common.Address)), v[0])
		if !v[2].(bool) {
			m.title = "Stop an account from publishing"
			m.sentence = fmt.Sprintf("Stops %s from publishing versions of DataNet %d.", ShortAddress(v[1].(common.Address)), v[0])
		}
		return m
	},
	"nets.contribute": func(p Profile, _ *types.Transaction, v []any) meaning {
		return meaning{
			kind: KindContribute, title: "Commit a contribution",
			sentence: fmt.Sprintf("Offers %d rows to DataNet %d on %s.", v[2], v[0], p.Title),
			doesNot:  []string{"It puts no rows on the network, only their root.", noMoney},
		}
	},
	"licences.buy": func(p Profile, tx *types.Transaction, v []any) meaning {
		amount := FormatAmount(tx.Value()) + " " + p.Coin
		net := v[0].(uint64)
		return meaning{
			kind: KindBuyLicence, title: "Get a licence",
			sentence: fmt.Sprintf("Pays %s for a licence of DataNet %d.", amount, net),
			does: []string{
				"This account may train on every version published before the licence ends.",
				"The price goes to the owner of the DataNet. It fails, and only the fee is lost, if the terms are changed before.",
			},
			doesNot:    []string{"It does not renew by itself.", "The licence cannot be passed on to another account."},
			licenceNet: net, licenceTerms: v[1].([32]byte),
		}
	},
	"licences.grant": func(p Profile, _ *types.Transaction, v []any) meaning {
		return meaning{
			kind: KindGrantLicence, title: "Give a licence",
			sentence: fmt.Sprintf("Gives %s a licence of DataNet %d until %s, for nothing.", ShortAddress(v[1].(common.Address)), v[0], unix(v[2].(uint64)).Format(time.DateOnly)),
			doesNot:  []string{"It cannot be taken back before its end.", noMoney},
		}
	},
	"licences.withdraw": func(p Profile, _ *types.Transaction, v []any) meaning {
		return meaning{
			kind: KindWithdrawIncome, title: "Withdraw income",
			sentence: fmt.Sprintf("Sends everything that licences of this account's DataNets brought in to %s.", ShortAddress(v[0].(common.Address))),
		}
	},
	"models.register": func(p Profile, _ *types.Transaction, v []any) meaning {
		parents := v[1].([]uint64)
		m := meaning{
			kind: KindPublishModel, title: "Register a model",
			sentence: fmt.Sprintf("Registers a model on %s in the name of this account, by the digest of its manifest.", p.Title),
			does:     []string{"Anyone who has the files can check them against it.", "The record cannot be deleted; the model can be marked as withdrawn."},
			doesNot:  []string{"It uploads no weights and no rows, only one digest.", noMoney},
		}
		if len(parents) > 0 {
			m.does = append(m.does, "It names as what it was made from: "+joinIDs("model", parents)+".")
		}
		if s := v[2].(uint64); s != 0 {
			m.does = append(m.does, fmt.Sprintf("It replaces model %d.", s))
		}
		return m
	},
	"models.withdraw": func(p Profile, _ *types.Transaction, v []any) meaning {
		return meaning{
			kind: KindWithdrawModel, title: "Withdraw a model",
			sentence: fmt.Sprintf("Marks model %d on %s as withdrawn: \"%s\".", v[0], p.Title, printable(v[1].(string))),
			doesNot:  []string{"The record and the models made from it stay.", noMoney},
		}
	},
}

func joinIDs(what string, ids []uint64) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = fmt.Sprintf("%s %d", what, id)
	}
	return strings.Join(parts, ", ")
}

// lines says terms in plain words.
func (t Terms) lines(coin string) []string {
	yes := func(ok bool, can, cannot string) string {
		if ok {
			return can
		}
		return cannot
	}
	lines := []string{
		yes(t.Train, "Training is allowed.", "Training is for the owner and for whom a licence was given."),
		yes(t.Serve, "Models made from it may be served to others.", "Models made from it may not be served to others."),
		yes(t.Commercial, "Commercial use is allowed.", "Not for commercial use."),
		yes(t.Derivatives, "Works made from the rows are allowed.", "No works made from the rows."),
		yes(t.PassOn, "The rows may be passed on.", "The rows may not be passed on."),
	}
	if t.ShareAlike {
		lines = append(lines, "Works made from it carry the same terms.")
	}
	if t.NameIt {
		lines = append(lines, "It must be named.")
	}
	if t.price().Sign() > 0 {
		lines = append(lines, fmt.Sprintf("A licence of %d days costs %s %s.", t.Days, FormatAmount(t.Price), coin))
	}
	if t.RevenuePPM > 0 {
		share := strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.4f", float64(t.RevenuePPM)/10_000), "0"), ".")
		lines = append(lines, fmt.Sprintf("%s %% of a model's revenue is owed to it.", share))
	}
	return lines
}

// show writes a decoded value in full.
func show(v any) string {
	switch v := v.(type) {
	case [32]byte:
		return common.Hash(v).Hex()
	case common.Address:
		return v.Hex()
	case *big.Int:
		return v.String()
	case string:
		return printable(v)
	case []common.Address:
		s := make([]string, len(v))
		for i, a := range v {
			s[i] = a.Hex()
		}
		return strings.Join(s, ", ")
	}
	return fmt.Sprintf("%+v", v)
}
