"""The asynchronous IDL compiler, one concept per module.

command_line   options, the order of the steps
diagnostics    an error with the place in the user's file
lexer          tokens of preprocessed IDL and ACF text, each with its file and line
idl_source     interfaces, procedures and parameters found in the IDL text
acf            attribute configuration files
merge          which procedures are asynchronous; the IDL text widl gets to see
async_uuid     asynchronous COM interfaces, written out as widl's input
compiler       one compilation: from IDL and ACF text to header and stubs or proxies
widl           finding and running widl
proc_format    procedure format strings: read from widl's C text, written in MIDL's layout
type_format    the one repair type format strings need
stubs          the client stub, server stub and header turned from widl's into MIDL's layout
proxy          the proxy file of COM interfaces turned from widl's into MIDL's layout
output         dependency file, files written whole or not at all
"""
