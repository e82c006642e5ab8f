// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package licences

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

// LicencesMetaData contains all meta data concerning the Licences contract.
var LicencesMetaData = bind.MetaData{
	ABI: "[{\"type\":\"constructor\",\"inputs\":[{\"name\":\"nets_\",\"type\":\"address\",\"internalType\":\"contractDataNets\"}],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"buy\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"termsDigest\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}],\"outputs\":[{\"name\":\"until\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"payable\"},{\"type\":\"function\",\"name\":\"claimable\",\"inputs\":[{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"covers\",\"inputs\":[{\"name\":\"account\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"number\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"outputs\":[{\"name\":\"\",\"type\":\"bool\",\"internalType\":\"bool\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"grant\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"account\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"until\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"nets\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"address\",\"internalType\":\"contractDataNets\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"validUntil\",\"inputs\":[{\"name\":\"account\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"outputs\":[{\"name\":\"\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"validUntilOn\",\"inputs\":[{\"name\":\"account\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"termsDigest\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}],\"outputs\":[{\"name\":\"\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"withdraw\",\"inputs\":[{\"name\":\"to\",\"type\":\"address\",\"internalType\":\"addresspayable\"}],\"outputs\":[{\"name\":\"amount\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"nonpayable\"},{\"type\":\"event\",\"name\":\"LicenceBought\",\"inputs\":[{\"name\":\"account\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"netId\",\"type\":\"uint64\",\"indexed\":true,\"internalType\":\"uint64\"},{\"name\":\"termsDigest\",\"type\":\"bytes32\",\"indexed\":true,\"internalType\":\"bytes32\"},{\"name\":\"seller\",\"type\":\"address\",\"indexed\":false,\"internalType\":\"address\"},{\"name\":\"price\",\"type\":\"uint256\",\"indexed\":false,\"internalType\":\"uint256\"},{\"name\":\"until\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"LicenceGranted\",\"inputs\":[{\"name\":\"account\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"netId\",\"type\":\"uint64\",\"indexed\":true,\"internalType\":\"uint64\"},{\"name\":\"termsDigest\",\"type\":\"bytes32\",\"indexed\":true,\"internalType\":\"bytes32\"},{\"name\":\"until\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"Withdrawn\",\"inputs\":[{\"name\":\"owner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"to\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"amount\",\"type\":\"uint256\",\"indexed\":false,\"internalType\":\"uint256\"}],\"anonymous\":false},{\"type\":\"error\",\"name\":\"FailedCall\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"InsufficientBalance\",\"inputs\":[{\"name\":\"balance\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"needed\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"NotForSale\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"}]},{\"type\":\"error\",\"name\":\"NotLonger\",\"inputs\":[{\"name\":\"until\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"asked\",\"type\":\"uint64\",\"internalType\":\"uint64\"}]},{\"type\":\"error\",\"name\":\"NotOwner\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"caller\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"NothingToWithdraw\",\"inputs\":[{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"TermsChanged\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"agreed\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"inForce\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}]},{\"type\":\"error\",\"name\":\"WrongValue\",\"inputs\":[{\"name\":\"sent\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"price\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]}]",
	ID:  "Licences",
	Bin: "0x60a060405234801561000f575f5ffd5b50604051610f98380380610f9883398101604081905261002e9161003f565b6001600160a01b031660805261006c565b5f6020828403121561004f575f5ffd5b81516001600160a01b0381168114610065575f5ffd5b9392505050565b608051610ef16100a75f395f81816101e70152818161024f015281816104f6015281816105c00152818161066b01526107c20152610ef15ff3fe608060405260043610610079575f3560e01c80637043896b1161004c5780637043896b14610134578063996c69dd14610170578063d818e20c146101b5578063e07c1ac8146101d6575f5ffd5b80633549f6241461007d578063402914f5146100ad578063473aca33146100e657806351cff8d914610115575b5f5ffd5b61009061008b366004610a69565b610221565b6040516001600160401b0390911681526020015b60405180910390f35b3480156100b8575f5ffd5b506100d86100c7366004610aa7565b60026020525f908152604090205481565b6040519081526020016100a4565b3480156100f1575f5ffd5b50610105610100366004610ad3565b6104c1565b60405190151581526020016100a4565b348015610120575f5ffd5b506100d861012f366004610aa7565b6106f7565b34801561013f575f5ffd5b5061009061014e366004610b1b565b5f6020818152928152604080822090935290815220546001600160401b031681565b34801561017b575f5ffd5b5061009061018a366004610b52565b600160209081525f93845260408085208252928452828420905282529020546001600160401b031681565b3480156101c0575f5ffd5b506101d46101cf366004610b90565b610798565b005b3480156101e1575f5ffd5b506102097f000000000000000000000000000000000000000000000000000000000000000081565b6040516001600160a01b0390911681526020016100a4565b6040516333f2762960e01b81526001600160401b03831660048201525f908190819081906001600160a01b037f000000000000000000000000000000000000000000000000000000000000000016906333f276299060240161018060405180830381865afa158015610295573d5f5f3e3d5ffd5b505050506040513d601f19601f820116820180604052508101906102b99190610cfb565b919450925090508585838181146103015760405163e482e49960e01b81526001600160401b039093166004840152602483019190915260448201526064015b60405180910390fd5b50505060e081015186906001600160801b031661033d5760405163728d7a4f60e11b81526001600160401b0390911660048201526024016102f8565b5060e081015134906001600160801b03811682146103805760405163195a3ca160e01b815260048101929092526001600160801b031660248201526044016102f8565b5050335f908152602081815260408083206001600160401b03808b16855292529091205416428110156103b05750425b6101008201516103c99063ffffffff1662015180610d4d565b6103d39082610d76565b335f818152602081815260408083206001600160401b038d8116808652918452828520805467ffffffffffffffff199081169289169283179091559585526001845282852091855290835281842089855283528184208054909516179093556001600160a01b0388168252600290529081208054929750349290919061045a908490610d95565b9091555050604080516001600160a01b03861681523460208201526001600160401b0387811682840152915185928a169133917f6764fc26194435f3ab1b91df07c4627a7195386f37b89d7965e0f89006459e0d9181900360600190a45050505092915050565b604051627031ab60e41b81526001600160401b038316600482015263ffffffff821660248201525f9081906001600160a01b037f000000000000000000000000000000000000000000000000000000000000000016906307031ab09060440160c060405180830381865afa15801561053b573d5f5f3e3d5ffd5b505050506040513d601f19601f8201168201806040525081019061055f9190610da8565b6001600160a01b0386165f908152602081815260408083206001600160401b03808a16855292529091205491925042911611156105a05760019150506106f0565b60408082015190516302f945c360e61b815261063c916001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000169163be5170c0916105f79160040190815260200190565b61014060405180830381865afa158015610613573d5f5f3e3d5ffd5b505050506040513d601f19601f820116820180604052508101906106379190610e43565b61099a565b1561064b5760019150506106f0565b604051630529e87560e01b81526001600160401b03851660048201525f907f00000000000000000000000000000000000000000000000000000000000000006001600160a01b031690630529e8759060240160a060405180830381865afa1580156106b8573d5f5f3e3d5ffd5b505050506040513d601f19601f820116820180604052508101906106dc9190610e5e565b516001600160a01b03878116911614925050505b9392505050565b335f81815260026020526040902054908161073157604051636e34ee0b60e11b81526001600160a01b0390911660048201526024016102f8565b50335f8181526002602052604080822091909155516001600160a01b03841691907fd1c19fbcd4551a5edfb66d43d2e337c04837afda3482b42bdf569a8fccdae5fb906107819085815260200190565b60405180910390a361079382826109bb565b919050565b6040516333f2762960e01b81526001600160401b03841660048201525f9081906001600160a01b037f000000000000000000000000000000000000000000000000000000000000000016906333f276299060240161018060405180830381865afa158015610808573d5f5f3e3d5ffd5b505050506040513d601f19601f8201168201806040525081019061082c9190610cfb565b50909250905084336001600160a01b038416811461087757604051634b9d219f60e01b81526001600160401b0390921660048301526001600160a01b031660248201526044016102f8565b50506001600160a01b0384165f908152602081815260408083206001600160401b03808a1685529252909120548116908416811080156108bf575042846001600160401b0316115b818590916108f3576040516302ce5d7560e01b81526001600160401b039283166004820152911660248201526044016102f8565b50506001600160a01b0385165f818152602081815260408083206001600160401b038b81168086529184528285208054918b1667ffffffffffffffff19928316811790915586865260018552838620838752855283862089875285529483902080549091168517905590519283528593909290917f4f89c032374c9e5251678d33bcb9df07ba6327bcc39cdfcbda6bb21712d635b4910160405180910390a4505050505050565b80515f9080156109b5575060e08201516001600160801b0316155b92915050565b804710156109e55760405163cf47918160e01b8152476004820152602481018290526044016102f8565b6109fe828260405180602001604052805f815250610a32565b15610a07575050565b3d15610a1957610a15610a47565b5050565b60405163d6bda27560e01b815260040160405180910390fd5b5f5f5f83516020850186885af1949350505050565b6040513d5f823e3d81fd5b6001600160401b0381168114610a66575f5ffd5b50565b5f5f60408385031215610a7a575f5ffd5b8235610a8581610a52565b946020939093013593505050565b6001600160a01b0381168114610a66575f5ffd5b5f60208284031215610ab7575f5ffd5b81356106f081610a93565b63ffffffff81168114610a66575f5ffd5b5f5f5f60608486031215610ae5575f5ffd5b8335610af081610a93565b92506020840135610b0081610a52565b91506040840135610b1081610ac2565b809150509250925092565b5f5f60408385031215610b2c575f5ffd5b8235610b3781610a93565b91506020830135610b4781610a52565b809150509250929050565b5f5f5f60608486031215610b64575f5ffd5b8335610b6f81610a93565b92506020840135610b7f81610a52565b929592945050506040919091013590565b5f5f5f60608486031215610ba2575f5ffd5b8335610bad81610a52565b92506020840135610bbd81610a93565b91506040840135610b1081610a52565b60405161014081016001600160401b0381118282101715610bfc57634e487b7160e01b5f52604160045260245ffd5b60405290565b80518015158114610793575f5ffd5b80516001600160801b0381168114610793575f5ffd5b805161079381610ac2565b5f6101408284031215610c43575f5ffd5b610c4b610bcd565b9050610c5682610c02565b8152610c6460208301610c02565b6020820152610c7560408301610c02565b6040820152610c8660608301610c02565b6060820152610c9760808301610c02565b6080820152610ca860a08301610c02565b60a0820152610cb960c08301610c02565b60c0820152610cca60e08301610c11565b60e0820152610cdc6101008301610c27565b610100820152610cef6101208301610c27565b61012082015292915050565b5f5f5f6101808486031215610d0e575f5ffd5b8351610d1981610a93565b60208501519093509150610d308560408601610c32565b90509250925092565b634e487b7160e01b5f52601160045260245ffd5b6001600160401b038181168382160290811690818114610d6f57610d6f610d39565b5092915050565b6001600160401b0381811683821601908111156109b5576109b5610d39565b808201808211156109b5576109b5610d39565b5f60c0828403128015610db9575f5ffd5b5060405160c081016001600160401b0381118282101715610de857634e487b7160e01b5f52604160045260245ffd5b6040908152835182526020808501519083015283810151908201526060830151610e1181610a52565b60608201526080830151610e2481610a52565b608082015260a0830151610e3781610a93565b60a08201529392505050565b5f6101408284031215610e54575f5ffd5b6106f08383610c32565b5f60a0828403128015610e6f575f5ffd5b5060405160a081016001600160401b0381118282101715610e9e57634e487b7160e01b5f52604160045260245ffd5b6040528251610eac81610a93565b81526020830151610ebc81610a52565b60208201526040830151610ecf81610ac2565b604082015260608381015190820152608092830151928101929092525091905056",
}

// Licences is an auto generated Go binding around an Ethereum contract.
type Licences struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *Licences) GetABI() abi.ABI {
	return c.abi
}

// NewLicences creates a new instance of Licences.
func NewLicences() *Licences {
	parsed, err := LicencesMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &Licences{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *Licences) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(address nets_) returns()
func (licences *Licences) PackConstructor(nets_ common.Address) []byte {
	enc, err := licences.abi.Pack("", nets_)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackBuy is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3549f624.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function buy(uint64 netId, bytes32 termsDigest) payable returns(uint64 until)
func (licences *Licences) PackBuy(netId uint64, termsDigest [32]byte) []byte {
	enc, err := licences.abi.Pack("buy", netId, termsDigest)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackBuy is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3549f624.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function buy(uint64 netId, bytes32 termsDigest) payable returns(uint64 until)
func (licences *Licences) TryPackBuy(netId uint64, termsDigest [32]byte) ([]byte, error) {
	return licences.abi.Pack("buy", netId, termsDigest)
}

// UnpackBuy is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x3549f624.
//
// Solidity: function buy(uint64 netId, bytes32 termsDigest) payable returns(uint64 until)
func (licences *Licences) UnpackBuy(data []byte) (uint64, error) {
	out, err := licences.abi.Unpack("buy", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackClaimable is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x402914f5.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function claimable(address owner) view returns(uint256)
func (licences *Licences) PackClaimable(owner common.Address) []byte {
	enc, err := licences.abi.Pack("claimable", owner)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClaimable is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x402914f5.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function claimable(address owner) view returns(uint256)
func (licences *Licences) TryPackClaimable(owner common.Address) ([]byte, error) {
	return licences.abi.Pack("claimable", owner)
}

// UnpackClaimable is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x402914f5.
//
// Solidity: function claimable(address owner) view returns(uint256)
func (licences *Licences) UnpackClaimable(data []byte) (*big.Int, error) {
	out, err := licences.abi.Unpack("claimable", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackCovers is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x473aca33.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function covers(address account, uint64 netId, uint32 number) view returns(bool)
func (licences *Licences) PackCovers(account common.Address, netId uint64, number uint32) []byte {
	enc, err := licences.abi.Pack("covers", account, netId, number)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCovers is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x473aca33.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function covers(address account, uint64 netId, uint32 number) view returns(bool)
func (licences *Licences) TryPackCovers(account common.Address, netId uint64, number uint32) ([]byte, error) {
	return licences.abi.Pack("covers", account, netId, number)
}

// UnpackCovers is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x473aca33.
//
// Solidity: function covers(address account, uint64 netId, uint32 number) view returns(bool)
func (licences *Licences) UnpackCovers(data []byte) (bool, error) {
	out, err := licences.abi.Unpack("covers", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackGrant is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd818e20c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function grant(uint64 netId, address account, uint64 until) returns()
func (licences *Licences) PackGrant(netId uint64, account common.Address, until uint64) []byte {
	enc, err := licences.abi.Pack("grant", netId, account, until)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGrant is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd818e20c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function grant(uint64 netId, address account, uint64 until) returns()
func (licences *Licences) TryPackGrant(netId uint64, account common.Address, until uint64) ([]byte, error) {
	return licences.abi.Pack("grant", netId, account, until)
}

// PackNets is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe07c1ac8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function nets() view returns(address)
func (licences *Licences) PackNets() []byte {
	enc, err := licences.abi.Pack("nets")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackNets is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe07c1ac8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function nets() view returns(address)
func (licences *Licences) TryPackNets() ([]byte, error) {
	return licences.abi.Pack("nets")
}

// UnpackNets is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xe07c1ac8.
//
// Solidity: function nets() view returns(address)
func (licences *Licences) UnpackNets(data []byte) (common.Address, error) {
	out, err := licences.abi.Unpack("nets", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackValidUntil is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7043896b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function validUntil(address account, uint64 netId) view returns(uint64)
func (licences *Licences) PackValidUntil(account common.Address, netId uint64) []byte {
	enc, err := licences.abi.Pack("validUntil", account, netId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackValidUntil is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7043896b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function validUntil(address account, uint64 netId) view returns(uint64)
func (licences *Licences) TryPackValidUntil(account common.Address, netId uint64) ([]byte, error) {
	return licences.abi.Pack("validUntil", account, netId)
}

// UnpackValidUntil is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x7043896b.
//
// Solidity: function validUntil(address account, uint64 netId) view returns(uint64)
func (licences *Licences) UnpackValidUntil(data []byte) (uint64, error) {
	out, err := licences.abi.Unpack("validUntil", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackValidUntilOn is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x996c69dd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function validUntilOn(address account, uint64 netId, bytes32 termsDigest) view returns(uint64)
func (licences *Licences) PackValidUntilOn(account common.Address, netId uint64, termsDigest [32]byte) []byte {
	enc, err := licences.abi.Pack("validUntilOn", account, netId, termsDigest)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackValidUntilOn is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x996c69dd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function validUntilOn(address account, uint64 netId, bytes32 termsDigest) view returns(uint64)
func (licences *Licences) TryPackValidUntilOn(account common.Address, netId uint64, termsDigest [32]byte) ([]byte, error) {
	return licences.abi.Pack("validUntilOn", account, netId, termsDigest)
}

// UnpackValidUntilOn is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x996c69dd.
//
// Solidity: function validUntilOn(address account, uint64 netId, bytes32 termsDigest) view returns(uint64)
func (licences *Licences) UnpackValidUntilOn(data []byte) (uint64, error) {
	out, err := licences.abi.Unpack("validUntilOn", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackWithdraw is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x51cff8d9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function withdraw(address to) returns(uint256 amount)
func (licences *Licences) PackWithdraw(to common.Address) []byte {
	enc, err := licences.abi.Pack("withdraw", to)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackWithdraw is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x51cff8d9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function withdraw(address to) returns(uint256 amount)
func (licences *Licences) TryPackWithdraw(to common.Address) ([]byte, error) {
	return licences.abi.Pack("withdraw", to)
}

// UnpackWithdraw is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x51cff8d9.
//
// Solidity: function withdraw(address to) returns(uint256 amount)
func (licences *Licences) UnpackWithdraw(data []byte) (*big.Int, error) {
	out, err := licences.abi.Unpack("withdraw", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// LicencesLicenceBought represents a LicenceBought event raised by the Licences contract.
type LicencesLicenceBought struct {
	Account     common.Address
	NetId       uint64
	TermsDigest [32]byte
	Seller      common.Address
	Price       *big.Int
	Until       uint64
	Raw         *types.Log // Blockchain specific contextual infos
}

const LicencesLicenceBoughtEventName = "LicenceBought"

// ContractEventName returns the user-defined event name.
func (LicencesLicenceBought) ContractEventName() string {
	return LicencesLicenceBoughtEventName
}

// UnpackLicenceBoughtEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event LicenceBought(address indexed account, uint64 indexed netId, bytes32 indexed termsDigest, address seller, uint256 price, uint64 until)
func (licences *Licences) UnpackLicenceBoughtEvent(log *types.Log) (*LicencesLicenceBought, error) {
	event := "LicenceBought"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != licences.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(LicencesLicenceBought)
	if len(log.Data) > 0 {
		if err := licences.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range licences.abi.Events[event].Inputs {
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

// LicencesLicenceGranted represents a LicenceGranted event raised by the Licences contract.
type LicencesLicenceGranted struct {
	Account     common.Address
	NetId       uint64
	TermsDigest [32]byte
	Until       uint64
	Raw         *types.Log // Blockchain specific contextual infos
}

const LicencesLicenceGrantedEventName = "LicenceGranted"

// ContractEventName returns the user-defined event name.
func (LicencesLicenceGranted) ContractEventName() string {
	return LicencesLicenceGrantedEventName
}

// UnpackLicenceGrantedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event LicenceGranted(address indexed account, uint64 indexed netId, bytes32 indexed termsDigest, uint64 until)
func (licences *Licences) UnpackLicenceGrantedEvent(log *types.Log) (*LicencesLicenceGranted, error) {
	event := "LicenceGranted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != licences.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(LicencesLicenceGranted)
	if len(log.Data) > 0 {
		if err := licences.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range licences.abi.Events[event].Inputs {
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

// LicencesWithdrawn represents a Withdrawn event raised by the Licences contract.
type LicencesWithdrawn struct {
	Owner  common.Address
	To     common.Address
	Amount *big.Int
	Raw    *types.Log // Blockchain specific contextual infos
}

const LicencesWithdrawnEventName = "Withdrawn"

// ContractEventName returns the user-defined event name.
func (LicencesWithdrawn) ContractEventName() string {
	return LicencesWithdrawnEventName
}

// UnpackWithdrawnEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Withdrawn(address indexed owner, address indexed to, uint256 amount)
func (licences *Licences) UnpackWithdrawnEvent(log *types.Log) (*LicencesWithdrawn, error) {
	event := "Withdrawn"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != licences.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(LicencesWithdrawn)
	if len(log.Data) > 0 {
		if err := licences.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range licences.abi.Events[event].Inputs {
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
func (licences *Licences) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], licences.abi.Errors["FailedCall"].ID.Bytes()[:4]) {
		return licences.UnpackFailedCallError(raw[4:])
	}
	if bytes.Equal(raw[:4], licences.abi.Errors["InsufficientBalance"].ID.Bytes()[:4]) {
		return licences.UnpackInsufficientBalanceError(raw[4:])
	}
	if bytes.Equal(raw[:4], licences.abi.Errors["NotForSale"].ID.Bytes()[:4]) {
		return licences.UnpackNotForSaleError(raw[4:])
	}
	if bytes.Equal(raw[:4], licences.abi.Errors["NotLonger"].ID.Bytes()[:4]) {
		return licences.UnpackNotLongerError(raw[4:])
	}
	if bytes.Equal(raw[:4], licences.abi.Errors["NotOwner"].ID.Bytes()[:4]) {
		return licences.UnpackNotOwnerError(raw[4:])
	}
	if bytes.Equal(raw[:4], licences.abi.Errors["NothingToWithdraw"].ID.Bytes()[:4]) {
		return licences.UnpackNothingToWithdrawError(raw[4:])
	}
	if bytes.Equal(raw[:4], licences.abi.Errors["TermsChanged"].ID.Bytes()[:4]) {
		return licences.UnpackTermsChangedError(raw[4:])
	}
	if bytes.Equal(raw[:4], licences.abi.Errors["WrongValue"].ID.Bytes()[:4]) {
		return licences.UnpackWrongValueError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// LicencesFailedCall represents a FailedCall error raised by the Licences contract.
type LicencesFailedCall struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error FailedCall()
func LicencesFailedCallErrorID() common.Hash {
	return common.HexToHash("0xd6bda27508c0fb6d8a39b4b122878dab26f731a7d4e4abe711dd3731899052a4")
}

// UnpackFailedCallError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error FailedCall()
func (licences *Licences) UnpackFailedCallError(raw []byte) (*LicencesFailedCall, error) {
	out := new(LicencesFailedCall)
	if err := licences.abi.UnpackIntoInterface(out, "FailedCall", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// LicencesInsufficientBalance represents a InsufficientBalance error raised by the Licences contract.
type LicencesInsufficientBalance struct {
	Balance *big.Int
	Needed  *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InsufficientBalance(uint256 balance, uint256 needed)
func LicencesInsufficientBalanceErrorID() common.Hash {
	return common.HexToHash("0xcf4791818fba6e019216eb4864093b4947f674afada5d305e57d598b641dad1d")
}

// UnpackInsufficientBalanceError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InsufficientBalance(uint256 balance, uint256 needed)
func (licences *Licences) UnpackInsufficientBalanceError(raw []byte) (*LicencesInsufficientBalance, error) {
	out := new(LicencesInsufficientBalance)
	if err := licences.abi.UnpackIntoInterface(out, "InsufficientBalance", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// LicencesNotForSale represents a NotForSale error raised by the Licences contract.
type LicencesNotForSale struct {
	NetId uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotForSale(uint64 netId)
func LicencesNotForSaleErrorID() common.Hash {
	return common.HexToHash("0xe51af49e1e55a58d1381139c124f37c950c52a35d70810f2ff037d7b572fe3eb")
}

// UnpackNotForSaleError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotForSale(uint64 netId)
func (licences *Licences) UnpackNotForSaleError(raw []byte) (*LicencesNotForSale, error) {
	out := new(LicencesNotForSale)
	if err := licences.abi.UnpackIntoInterface(out, "NotForSale", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// LicencesNotLonger represents a NotLonger error raised by the Licences contract.
type LicencesNotLonger struct {
	Until uint64
	Asked uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotLonger(uint64 until, uint64 asked)
func LicencesNotLongerErrorID() common.Hash {
	return common.HexToHash("0x02ce5d75e8d3745f048e8b39c576b435a5f504617bbf8815bba058db35361d35")
}

// UnpackNotLongerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotLonger(uint64 until, uint64 asked)
func (licences *Licences) UnpackNotLongerError(raw []byte) (*LicencesNotLonger, error) {
	out := new(LicencesNotLonger)
	if err := licences.abi.UnpackIntoInterface(out, "NotLonger", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// LicencesNotOwner represents a NotOwner error raised by the Licences contract.
type LicencesNotOwner struct {
	NetId  uint64
	Caller common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotOwner(uint64 netId, address caller)
func LicencesNotOwnerErrorID() common.Hash {
	return common.HexToHash("0x4b9d219fe93a98e3fe6832876abebce2006062f07cff271b865a8484b45e0eaa")
}

// UnpackNotOwnerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotOwner(uint64 netId, address caller)
func (licences *Licences) UnpackNotOwnerError(raw []byte) (*LicencesNotOwner, error) {
	out := new(LicencesNotOwner)
	if err := licences.abi.UnpackIntoInterface(out, "NotOwner", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// LicencesNothingToWithdraw represents a NothingToWithdraw error raised by the Licences contract.
type LicencesNothingToWithdraw struct {
	Owner common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NothingToWithdraw(address owner)
func LicencesNothingToWithdrawErrorID() common.Hash {
	return common.HexToHash("0xdc69dc16e4a8405b44139edda9a06ee66b303337358b6f4633533d65de15b7f4")
}

// UnpackNothingToWithdrawError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NothingToWithdraw(address owner)
func (licences *Licences) UnpackNothingToWithdrawError(raw []byte) (*LicencesNothingToWithdraw, error) {
	out := new(LicencesNothingToWithdraw)
	if err := licences.abi.UnpackIntoInterface(out, "NothingToWithdraw", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// LicencesTermsChanged represents a TermsChanged error raised by the Licences contract.
type LicencesTermsChanged struct {
	NetId   uint64
	Agreed  [32]byte
	InForce [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TermsChanged(uint64 netId, bytes32 agreed, bytes32 inForce)
func LicencesTermsChangedErrorID() common.Hash {
	return common.HexToHash("0xe482e4992a07315e68608fa521568996c0c3b2d53121d481f040060e753b7cdc")
}

// UnpackTermsChangedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TermsChanged(uint64 netId, bytes32 agreed, bytes32 inForce)
func (licences *Licences) UnpackTermsChangedError(raw []byte) (*LicencesTermsChanged, error) {
	out := new(LicencesTermsChanged)
	if err := licences.abi.UnpackIntoInterface(out, "TermsChanged", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// LicencesWrongValue represents a WrongValue error raised by the Licences contract.
type LicencesWrongValue struct {
	Sent  *big.Int
	Price *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongValue(uint256 sent, uint256 price)
func LicencesWrongValueErrorID() common.Hash {
	return common.HexToHash("0x195a3ca12ac3744ef64727effb118b3b203c382e49c7a7d24d450eae5e3b889a")
}

// UnpackWrongValueError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongValue(uint256 sent, uint256 price)
func (licences *Licences) UnpackWrongValueError(raw []byte) (*LicencesWrongValue, error) {
	out := new(LicencesWrongValue)
	if err := licences.abi.UnpackIntoInterface(out, "WrongValue", raw); err != nil {
		return nil, err
	}
	return out, nil
}
