// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package modelregistry

import (
	"bytes"
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Reference imports to suppress errors if they are not otherwise used.
var (
	_ = bytes.Equal
	_ = errors.New
	_ = big.NewInt
	_ = common.Big1
	_ = types.BloomLookup
	_ = abi.ConvertType
)

// Model is an auto generated low-level Go binding around an user-defined struct.
type Model struct {
	Manifest   [32]byte
	Terms      [32]byte
	Owner      common.Address
	Created    uint64
	Withdrawn  uint64
	Supersedes uint64
	Parents    []uint64
}

// ModelRegistryMetaData contains all meta data concerning the ModelRegistry contract.
var ModelRegistryMetaData = bind.MetaData{
	ABI: "[{\"type\":\"function\",\"name\":\"MAX_PARENTS\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"MAX_REASON\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"idOf\",\"inputs\":[{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"manifest\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}],\"outputs\":[{\"name\":\"\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"model\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"outputs\":[{\"name\":\"found\",\"type\":\"tuple\",\"internalType\":\"structModel\",\"components\":[{\"name\":\"manifest\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"terms\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"created\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"withdrawn\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"supersedes\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"parents\",\"type\":\"uint64[]\",\"internalType\":\"uint64[]\"}]}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"modelByManifest\",\"inputs\":[{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"manifest\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}],\"outputs\":[{\"name\":\"id\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"found\",\"type\":\"tuple\",\"internalType\":\"structModel\",\"components\":[{\"name\":\"manifest\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"terms\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"created\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"withdrawn\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"supersedes\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"parents\",\"type\":\"uint64[]\",\"internalType\":\"uint64[]\"}]}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"modelCount\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"register\",\"inputs\":[{\"name\":\"manifest\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"parents\",\"type\":\"uint64[]\",\"internalType\":\"uint64[]\"},{\"name\":\"supersedes\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"terms\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}],\"outputs\":[{\"name\":\"id\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"withdraw\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"reason\",\"type\":\"string\",\"internalType\":\"string\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"event\",\"name\":\"ModelRegistered\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint64\",\"indexed\":true,\"internalType\":\"uint64\"},{\"name\":\"owner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"manifest\",\"type\":\"bytes32\",\"indexed\":true,\"internalType\":\"bytes32\"},{\"name\":\"parents\",\"type\":\"uint64[]\",\"indexed\":false,\"internalType\":\"uint64[]\"},{\"name\":\"supersedes\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"},{\"name\":\"terms\",\"type\":\"bytes32\",\"indexed\":false,\"internalType\":\"bytes32\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"ModelWithdrawn\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint64\",\"indexed\":true,\"internalType\":\"uint64\"},{\"name\":\"owner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"reason\",\"type\":\"string\",\"indexed\":false,\"internalType\":\"string\"}],\"anonymous\":false},{\"type\":\"error\",\"name\":\"AlreadyRegistered\",\"inputs\":[{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"manifest\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"id\",\"type\":\"uint64\",\"internalType\":\"uint64\"}]},{\"type\":\"error\",\"name\":\"AlreadyWithdrawn\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint64\",\"internalType\":\"uint64\"}]},{\"type\":\"error\",\"name\":\"EmptyManifest\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"NotOwner\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"caller\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"ParentsNotAscending\",\"inputs\":[{\"name\":\"before\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"parent\",\"type\":\"uint64\",\"internalType\":\"uint64\"}]},{\"type\":\"error\",\"name\":\"ReasonTooLong\",\"inputs\":[{\"name\":\"length\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"TooManyParents\",\"inputs\":[{\"name\":\"count\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"UnknownModel\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint64\",\"internalType\":\"uint64\"}]}]",
	ID:  "ModelRegistry",
	Bin: "0x6080604052348015600e575f5ffd5b50610bb38061001c5f395ff3fe608060405234801561000f575f5ffd5b5060043610610085575f3560e01c8063c6a645fe11610058578063c6a645fe14610134578063dd08bc8714610146578063f127f68814610159578063f594e3201461016e575f5ffd5b8063019c94fe14610089578063359b08a6146100b257806397d4c443146100d3578063c5104d25146100e9575b5f5ffd5b61009c61009736600461086f565b610177565b6040516100a99190610955565b60405180910390f35b6100c56100c0366004610967565b610315565b6040516100a992919061099c565b6100db601081565b6040519081526020016100a9565b61011c6100f7366004610967565b600360209081525f92835260408084209091529082529020546001600160401b031681565b6040516001600160401b0390911681526020016100a9565b5f5461011c906001600160401b031681565b61011c6101543660046109bd565b610365565b61016c610167366004610a4d565b610673565b005b6100db61011881565b61017f6107f9565b6001600160401b0382165f908152600160205260409020600281015483906001600160a01b03166101d4576040516377b9a44560e11b81526001600160401b0390911660048201526024015b60405180910390fd5b508054825260018101546020808401919091526002808301546001600160a01b038116604080870191909152600160a01b820464ffffffffff1660608701526001600160401b038781165f908152939094529091205482166080850152600160c81b810465ffffffffffff1660a0850152600160f81b900460ff169081111561025f5761025f610ac9565b604051908082528060200260200182016040528015610288578160200160208202803683370190505b5060c08301525f5b8260c001515181101561030e578160030181601081106102b2576102b2610add565b600591828204019190066006029054906101000a900465ffffffffffff1665ffffffffffff168360c0015182815181106102ee576102ee610add565b6001600160401b0390921660209283029190910190910152600101610290565b5050919050565b5f61031e6107f9565b6001600160a01b0384165f9081526003602090815260408083208684529091529020546001600160401b03169150811561035e5761035b82610177565b90505b9250929050565b5f8581036103865760405163d9313d2960e01b815260040160405180910390fd5b335f8181526003602090815260408083208a84529091529020546001600160401b031690878280156103ed57604051630cada15360e01b81526001600160a01b03909316600484015260248301919091526001600160401b031660448201526064016101cb565b5086915050601081111561041757604051635a3fccbd60e01b81526004016101cb91815260200190565b506001600160401b03841615610430576104308461075e565b5f80548190610447906001600160401b0316610af1565b82546001600160401b038083166101009490940a84810291021990911617909255335f9081526003602090815260408083208c84528252808320805467ffffffffffffffff191685179055928252600190522088815590925083156104ae57600181018490555b6002810180546001600160c81b0319163364ffffffffff60a01b191617600160a01b4264ffffffffff1602176001600160c81b0316600160c81b65ffffffffffff8816026001600160f81b031617600160f81b60ff8916021790555f805b87811015610614575f89898381811061052757610527610add565b905060200201602081019061053c919061086f565b905082816001600160401b038083169082161161057f5760405163b47bfef760e01b81526001600160401b039283166004820152911660248201526044016101cb565b5050856001600160401b0316816001600160401b03161081906105c1576040516377b9a44560e11b81526001600160401b0390911660048201526024016101cb565b50808460030183601081106105d8576105d8610add565b600591828204019190066006026101000a81548165ffffffffffff021916908365ffffffffffff1602179055508092505080600101905061050c565b5088336001600160a01b0316856001600160401b03167fda150e060be4f5cc97e4780596dba3f9105c00bd4ee8b5904311d8c3d7de54c78b8b8b8b60405161065f9493929190610b27565b60405180910390a450505095945050505050565b61067c8361075e565b6001600160401b038084165f90815260026020526040902054849116156106c257604051633259d5df60e01b81526001600160401b0390911660048201526024016101cb565b50806101188111156106ea57604051634763e82560e01b81526004016101cb91815260200190565b506001600160401b038381165f8181526002602052604090819020805467ffffffffffffffff1916429094169390931790925590513391907f5e5d2f0db83be521d88d00184f443bf5770594b93cc5f2a34b4bb2b863034f10906107519086908690610b85565b60405180910390a3505050565b6001600160401b0381165f908152600160205260409020600201546001600160a01b031681816107ad576040516377b9a44560e11b81526001600160401b0390911660048201526024016101cb565b5081336001600160a01b03831681146107f357604051634b9d219f60e01b81526001600160401b0390921660048301526001600160a01b031660248201526044016101cb565b50505050565b6040518060e001604052805f81526020015f81526020015f6001600160a01b031681526020015f6001600160401b031681526020015f6001600160401b031681526020015f6001600160401b03168152602001606081525090565b80356001600160401b038116811461086a575f5ffd5b919050565b5f6020828403121561087f575f5ffd5b61088882610854565b9392505050565b5f8151808452602084019350602083015f5b828110156108c85781516001600160401b03168652602095860195909101906001016108a1565b5093949350505050565b805182526020810151602083015260018060a01b0360408201511660408301526001600160401b0360608201511660608301526001600160401b0360808201511660808301525f60a082015161093360a08501826001600160401b03169052565b5060c082015160e060c085015261094d60e085018261088f565b949350505050565b602081525f61088860208301846108d2565b5f5f60408385031215610978575f5ffd5b82356001600160a01b038116811461098e575f5ffd5b946020939093013593505050565b6001600160401b0383168152604060208201525f61094d60408301846108d2565b5f5f5f5f5f608086880312156109d1575f5ffd5b8535945060208601356001600160401b038111156109ed575f5ffd5b8601601f810188136109fd575f5ffd5b80356001600160401b03811115610a12575f5ffd5b8860208260051b8401011115610a26575f5ffd5b60209190910194509250610a3c60408701610854565b949793965091946060013592915050565b5f5f5f60408486031215610a5f575f5ffd5b610a6884610854565b925060208401356001600160401b03811115610a82575f5ffd5b8401601f81018613610a92575f5ffd5b80356001600160401b03811115610aa7575f5ffd5b866020828401011115610ab8575f5ffd5b939660209190910195509293505050565b634e487b7160e01b5f52604160045260245ffd5b634e487b7160e01b5f52603260045260245ffd5b5f6001600160401b0382166001600160401b038103610b1e57634e487b7160e01b5f52601160045260245ffd5b60010192915050565b606080825281018490525f8560808301825b87811015610b67576001600160401b03610b5284610854565b16825260209283019290910190600101610b39565b506001600160401b0395909516602084015250506040015292915050565b60208152816020820152818360408301375f818301604090810191909152601f909201601f1916010191905056",
}

// ModelRegistry is an auto generated Go binding around an Ethereum contract.
type ModelRegistry struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *ModelRegistry) GetABI() abi.ABI {
	return c.abi
}

// NewModelRegistry creates a new instance of ModelRegistry.
func NewModelRegistry() *ModelRegistry {
	parsed, err := ModelRegistryMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &ModelRegistry{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *ModelRegistry) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackMAXPARENTS is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x97d4c443.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function MAX_PARENTS() view returns(uint256)
func (modelRegistry *ModelRegistry) PackMAXPARENTS() []byte {
	enc, err := modelRegistry.abi.Pack("MAX_PARENTS")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMAXPARENTS is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x97d4c443.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function MAX_PARENTS() view returns(uint256)
func (modelRegistry *ModelRegistry) TryPackMAXPARENTS() ([]byte, error) {
	return modelRegistry.abi.Pack("MAX_PARENTS")
}

// UnpackMAXPARENTS is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x97d4c443.
//
// Solidity: function MAX_PARENTS() view returns(uint256)
func (modelRegistry *ModelRegistry) UnpackMAXPARENTS(data []byte) (*big.Int, error) {
	out, err := modelRegistry.abi.Unpack("MAX_PARENTS", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackMAXREASON is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf594e320.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function MAX_REASON() view returns(uint256)
func (modelRegistry *ModelRegistry) PackMAXREASON() []byte {
	enc, err := modelRegistry.abi.Pack("MAX_REASON")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMAXREASON is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf594e320.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function MAX_REASON() view returns(uint256)
func (modelRegistry *ModelRegistry) TryPackMAXREASON() ([]byte, error) {
	return modelRegistry.abi.Pack("MAX_REASON")
}

// UnpackMAXREASON is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xf594e320.
//
// Solidity: function MAX_REASON() view returns(uint256)
func (modelRegistry *ModelRegistry) UnpackMAXREASON(data []byte) (*big.Int, error) {
	out, err := modelRegistry.abi.Unpack("MAX_REASON", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackIdOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc5104d25.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function idOf(address owner, bytes32 manifest) view returns(uint64)
func (modelRegistry *ModelRegistry) PackIdOf(owner common.Address, manifest [32]byte) []byte {
	enc, err := modelRegistry.abi.Pack("idOf", owner, manifest)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackIdOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc5104d25.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function idOf(address owner, bytes32 manifest) view returns(uint64)
func (modelRegistry *ModelRegistry) TryPackIdOf(owner common.Address, manifest [32]byte) ([]byte, error) {
	return modelRegistry.abi.Pack("idOf", owner, manifest)
}

// UnpackIdOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc5104d25.
//
// Solidity: function idOf(address owner, bytes32 manifest) view returns(uint64)
func (modelRegistry *ModelRegistry) UnpackIdOf(data []byte) (uint64, error) {
	out, err := modelRegistry.abi.Unpack("idOf", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackModel is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x019c94fe.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function model(uint64 id) view returns((bytes32,bytes32,address,uint64,uint64,uint64,uint64[]) found)
func (modelRegistry *ModelRegistry) PackModel(id uint64) []byte {
	enc, err := modelRegistry.abi.Pack("model", id)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackModel is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x019c94fe.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function model(uint64 id) view returns((bytes32,bytes32,address,uint64,uint64,uint64,uint64[]) found)
func (modelRegistry *ModelRegistry) TryPackModel(id uint64) ([]byte, error) {
	return modelRegistry.abi.Pack("model", id)
}

// UnpackModel is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x019c94fe.
//
// Solidity: function model(uint64 id) view returns((bytes32,bytes32,address,uint64,uint64,uint64,uint64[]) found)
func (modelRegistry *ModelRegistry) UnpackModel(data []byte) (Model, error) {
	out, err := modelRegistry.abi.Unpack("model", data)
	if err != nil {
		return *new(Model), err
	}
	out0 := *abi.ConvertType(out[0], new(Model)).(*Model)
	return out0, nil
}

// PackModelByManifest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x359b08a6.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function modelByManifest(address owner, bytes32 manifest) view returns(uint64 id, (bytes32,bytes32,address,uint64,uint64,uint64,uint64[]) found)
func (modelRegistry *ModelRegistry) PackModelByManifest(owner common.Address, manifest [32]byte) []byte {
	enc, err := modelRegistry.abi.Pack("modelByManifest", owner, manifest)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackModelByManifest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x359b08a6.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function modelByManifest(address owner, bytes32 manifest) view returns(uint64 id, (bytes32,bytes32,address,uint64,uint64,uint64,uint64[]) found)
func (modelRegistry *ModelRegistry) TryPackModelByManifest(owner common.Address, manifest [32]byte) ([]byte, error) {
	return modelRegistry.abi.Pack("modelByManifest", owner, manifest)
}

// ModelByManifestOutput serves as a container for the return parameters of contract
// method ModelByManifest.
type ModelByManifestOutput struct {
	Id    uint64
	Found Model
}

// UnpackModelByManifest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x359b08a6.
//
// Solidity: function modelByManifest(address owner, bytes32 manifest) view returns(uint64 id, (bytes32,bytes32,address,uint64,uint64,uint64,uint64[]) found)
func (modelRegistry *ModelRegistry) UnpackModelByManifest(data []byte) (ModelByManifestOutput, error) {
	out, err := modelRegistry.abi.Unpack("modelByManifest", data)
	outstruct := new(ModelByManifestOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Id = *abi.ConvertType(out[0], new(uint64)).(*uint64)
	outstruct.Found = *abi.ConvertType(out[1], new(Model)).(*Model)
	return *outstruct, nil
}

// PackModelCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc6a645fe.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function modelCount() view returns(uint64)
func (modelRegistry *ModelRegistry) PackModelCount() []byte {
	enc, err := modelRegistry.abi.Pack("modelCount")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackModelCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc6a645fe.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function modelCount() view returns(uint64)
func (modelRegistry *ModelRegistry) TryPackModelCount() ([]byte, error) {
	return modelRegistry.abi.Pack("modelCount")
}

// UnpackModelCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc6a645fe.
//
// Solidity: function modelCount() view returns(uint64)
func (modelRegistry *ModelRegistry) UnpackModelCount(data []byte) (uint64, error) {
	out, err := modelRegistry.abi.Unpack("modelCount", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackRegister is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdd08bc87.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function register(bytes32 manifest, uint64[] parents, uint64 supersedes, bytes32 terms) returns(uint64 id)
func (modelRegistry *ModelRegistry) PackRegister(manifest [32]byte, parents []uint64, supersedes uint64, terms [32]byte) []byte {
	enc, err := modelRegistry.abi.Pack("register", manifest, parents, supersedes, terms)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRegister is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdd08bc87.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function register(bytes32 manifest, uint64[] parents, uint64 supersedes, bytes32 terms) returns(uint64 id)
func (modelRegistry *ModelRegistry) TryPackRegister(manifest [32]byte, parents []uint64, supersedes uint64, terms [32]byte) ([]byte, error) {
	return modelRegistry.abi.Pack("register", manifest, parents, supersedes, terms)
}

// UnpackRegister is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xdd08bc87.
//
// Solidity: function register(bytes32 manifest, uint64[] parents, uint64 supersedes, bytes32 terms) returns(uint64 id)
func (modelRegistry *ModelRegistry) UnpackRegister(data []byte) (uint64, error) {
	out, err := modelRegistry.abi.Unpack("register", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackWithdraw is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf127f688.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function withdraw(uint64 id, string reason) returns()
func (modelRegistry *ModelRegistry) PackWithdraw(id uint64, reason string) []byte {
	enc, err := modelRegistry.abi.Pack("withdraw", id, reason)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackWithdraw is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf127f688.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function withdraw(uint64 id, string reason) returns()
func (modelRegistry *ModelRegistry) TryPackWithdraw(id uint64, reason string) ([]byte, error) {
	return modelRegistry.abi.Pack("withdraw", id, reason)
}

// ModelRegistryModelRegistered represents a ModelRegistered event raised by the ModelRegistry contract.
type ModelRegistryModelRegistered struct {
	Id         uint64
	Owner      common.Address
	Manifest   [32]byte
	Parents    []uint64
	Supersedes uint64
	Terms      [32]byte
	Raw        *types.Log // Blockchain specific contextual infos
}

const ModelRegistryModelRegisteredEventName = "ModelRegistered"

// ContractEventName returns the user-defined event name.
func (ModelRegistryModelRegistered) ContractEventName() string {
	return ModelRegistryModelRegisteredEventName
}

// UnpackModelRegisteredEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ModelRegistered(uint64 indexed id, address indexed owner, bytes32 indexed manifest, uint64[] parents, uint64 supersedes, bytes32 terms)
func (modelRegistry *ModelRegistry) UnpackModelRegisteredEvent(log *types.Log) (*ModelRegistryModelRegistered, error) {
	event := "ModelRegistered"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != modelRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ModelRegistryModelRegistered)
	if len(log.Data) > 0 {
		if err := modelRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range modelRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ModelRegistryModelWithdrawn represents a ModelWithdrawn event raised by the ModelRegistry contract.
type ModelRegistryModelWithdrawn struct {
	Id     uint64
	Owner  common.Address
	Reason string
	Raw    *types.Log // Blockchain specific contextual infos
}

const ModelRegistryModelWithdrawnEventName = "ModelWithdrawn"

// ContractEventName returns the user-defined event name.
func (ModelRegistryModelWithdrawn) ContractEventName() string {
	return ModelRegistryModelWithdrawnEventName
}

// UnpackModelWithdrawnEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ModelWithdrawn(uint64 indexed id, address indexed owner, string reason)
func (modelRegistry *ModelRegistry) UnpackModelWithdrawnEvent(log *types.Log) (*ModelRegistryModelWithdrawn, error) {
	event := "ModelWithdrawn"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != modelRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ModelRegistryModelWithdrawn)
	if len(log.Data) > 0 {
		if err := modelRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range modelRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// UnpackError attempts to decode the provided error data using user-defined
// error definitions.
func (modelRegistry *ModelRegistry) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], modelRegistry.abi.Errors["AlreadyRegistered"].ID.Bytes()[:4]) {
		return modelRegistry.UnpackAlreadyRegisteredError(raw[4:])
	}
	if bytes.Equal(raw[:4], modelRegistry.abi.Errors["AlreadyWithdrawn"].ID.Bytes()[:4]) {
		return modelRegistry.UnpackAlreadyWithdrawnError(raw[4:])
	}
	if bytes.Equal(raw[:4], modelRegistry.abi.Errors["EmptyManifest"].ID.Bytes()[:4]) {
		return modelRegistry.UnpackEmptyManifestError(raw[4:])
	}
	if bytes.Equal(raw[:4], modelRegistry.abi.Errors["NotOwner"].ID.Bytes()[:4]) {
		return modelRegistry.UnpackNotOwnerError(raw[4:])
	}
	if bytes.Equal(raw[:4], modelRegistry.abi.Errors["ParentsNotAscending"].ID.Bytes()[:4]) {
		return modelRegistry.UnpackParentsNotAscendingError(raw[4:])
	}
	if bytes.Equal(raw[:4], modelRegistry.abi.Errors["ReasonTooLong"].ID.Bytes()[:4]) {
		return modelRegistry.UnpackReasonTooLongError(raw[4:])
	}
	if bytes.Equal(raw[:4], modelRegistry.abi.Errors["TooManyParents"].ID.Bytes()[:4]) {
		return modelRegistry.UnpackTooManyParentsError(raw[4:])
	}
	if bytes.Equal(raw[:4], modelRegistry.abi.Errors["UnknownModel"].ID.Bytes()[:4]) {
		return modelRegistry.UnpackUnknownModelError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// ModelRegistryAlreadyRegistered represents a AlreadyRegistered error raised by the ModelRegistry contract.
type ModelRegistryAlreadyRegistered struct {
	Owner    common.Address
	Manifest [32]byte
	Id       uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AlreadyRegistered(address owner, bytes32 manifest, uint64 id)
func ModelRegistryAlreadyRegisteredErrorID() common.Hash {
	return common.HexToHash("0x0cada153b56df0dab2ce5419043609af33169198f10704fb0b8a47e269dce1bb")
}

// UnpackAlreadyRegisteredError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AlreadyRegistered(address owner, bytes32 manifest, uint64 id)
func (modelRegistry *ModelRegistry) UnpackAlreadyRegisteredError(raw []byte) (*ModelRegistryAlreadyRegistered, error) {
	out := new(ModelRegistryAlreadyRegistered)
	if err := modelRegistry.abi.UnpackIntoInterface(out, "AlreadyRegistered", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ModelRegistryAlreadyWithdrawn represents a AlreadyWithdrawn error raised by the ModelRegistry contract.
type ModelRegistryAlreadyWithdrawn struct {
	Id uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AlreadyWithdrawn(uint64 id)
func ModelRegistryAlreadyWithdrawnErrorID() common.Hash {
	return common.HexToHash("0x3259d5dfd521df8163a35febd94ad550ebb707da1cb875050e4bbdd50f713791")
}

// UnpackAlreadyWithdrawnError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AlreadyWithdrawn(uint64 id)
func (modelRegistry *ModelRegistry) UnpackAlreadyWithdrawnError(raw []byte) (*ModelRegistryAlreadyWithdrawn, error) {
	out := new(ModelRegistryAlreadyWithdrawn)
	if err := modelRegistry.abi.UnpackIntoInterface(out, "AlreadyWithdrawn", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ModelRegistryEmptyManifest represents a EmptyManifest error raised by the ModelRegistry contract.
type ModelRegistryEmptyManifest struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error EmptyManifest()
func ModelRegistryEmptyManifestErrorID() common.Hash {
	return common.HexToHash("0xd9313d2917e6ed7f09348eab6522a494f90cfe097f11ce8a71065698a9ac9546")
}

// UnpackEmptyManifestError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error EmptyManifest()
func (modelRegistry *ModelRegistry) UnpackEmptyManifestError(raw []byte) (*ModelRegistryEmptyManifest, error) {
	out := new(ModelRegistryEmptyManifest)
	if err := modelRegistry.abi.UnpackIntoInterface(out, "EmptyManifest", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ModelRegistryNotOwner represents a NotOwner error raised by the ModelRegistry contract.
type ModelRegistryNotOwner struct {
	Id     uint64
	Caller common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotOwner(uint64 id, address caller)
func ModelRegistryNotOwnerErrorID() common.Hash {
	return common.HexToHash("0x4b9d219fe93a98e3fe6832876abebce2006062f07cff271b865a8484b45e0eaa")
}

// UnpackNotOwnerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotOwner(uint64 id, address caller)
func (modelRegistry *ModelRegistry) UnpackNotOwnerError(raw []byte) (*ModelRegistryNotOwner, error) {
	out := new(ModelRegistryNotOwner)
	if err := modelRegistry.abi.UnpackIntoInterface(out, "NotOwner", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ModelRegistryParentsNotAscending represents a ParentsNotAscending error raised by the ModelRegistry contract.
type ModelRegistryParentsNotAscending struct {
	Before uint64
	Parent uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ParentsNotAscending(uint64 before, uint64 parent)
func ModelRegistryParentsNotAscendingErrorID() common.Hash {
	return common.HexToHash("0xb47bfef77415368c06bd9ad780842114eb9124ca88456acb361a3e94ad7af36a")
}

// UnpackParentsNotAscendingError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ParentsNotAscending(uint64 before, uint64 parent)
func (modelRegistry *ModelRegistry) UnpackParentsNotAscendingError(raw []byte) (*ModelRegistryParentsNotAscending, error) {
	out := new(ModelRegistryParentsNotAscending)
	if err := modelRegistry.abi.UnpackIntoInterface(out, "ParentsNotAscending", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ModelRegistryReasonTooLong represents a ReasonTooLong error raised by the ModelRegistry contract.
type ModelRegistryReasonTooLong struct {
	Length *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ReasonTooLong(uint256 length)
func ModelRegistryReasonTooLongErrorID() common.Hash {
	return common.HexToHash("0x4763e825cf9faeab9efcc5a37597c04b3218cad6f9ac87d8d46af8239b80b95a")
}

// UnpackReasonTooLongError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ReasonTooLong(uint256 length)
func (modelRegistry *ModelRegistry) UnpackReasonTooLongError(raw []byte) (*ModelRegistryReasonTooLong, error) {
	out := new(ModelRegistryReasonTooLong)
	if err := modelRegistry.abi.UnpackIntoInterface(out, "ReasonTooLong", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ModelRegistryTooManyParents represents a TooManyParents error raised by the ModelRegistry contract.
type ModelRegistryTooManyParents struct {
	Count *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TooManyParents(uint256 count)
func ModelRegistryTooManyParentsErrorID() common.Hash {
	return common.HexToHash("0x5a3fccbdf413a779d4eb1d9dcc98003eeac5a759f570d6902a10b045ed9987bc")
}

// UnpackTooManyParentsError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TooManyParents(uint256 count)
func (modelRegistry *ModelRegistry) UnpackTooManyParentsError(raw []byte) (*ModelRegistryTooManyParents, error) {
	out := new(ModelRegistryTooManyParents)
	if err := modelRegistry.abi.UnpackIntoInterface(out, "TooManyParents", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ModelRegistryUnknownModel represents a UnknownModel error raised by the ModelRegistry contract.
type ModelRegistryUnknownModel struct {
	Id uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error UnknownModel(uint64 id)
func ModelRegistryUnknownModelErrorID() common.Hash {
	return common.HexToHash("0xef73488aade847ebd44352e9346094892b792bb7de7f93dc4056d08a53aa7b9b")
}

// UnpackUnknownModelError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error UnknownModel(uint64 id)
func (modelRegistry *ModelRegistry) UnpackUnknownModelError(raw []byte) (*ModelRegistryUnknownModel, error) {
	out := new(ModelRegistryUnknownModel)
	if err := modelRegistry.abi.UnpackIntoInterface(out, "UnknownModel", raw); err != nil {
		return nil, err
	}
	return out, nil
}
