// TestCa: a certificate authority made for one test, and servers with certificates of it.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace trusthub::test {

class TestCa {
public:
    struct SslContextDeleter {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };
    using Context = std::unique_ptr<SSL_CTX, SslContextDeleter>;

    TestCa() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "trusthub-ca-XXXXXX").string();
        if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
        folder_ = pattern;
        certificate_ = issue(key_.get(), folder_.filename().c_str(), "", true);
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(file_().c_str(), "w"),
                                                                   &std::fclose);
        PEM_write_X509(file.get(), certificate_.get());
    }
    ~TestCa() { std::filesystem::remove_all(folder_); }
    TestCa(const TestCa&) = delete;
    TestCa& operator=(const TestCa&) = delete;

    std::string caFile() const { return file_().string(); }

    /// A server for `names`, as OpenSSL writes them: "DNS:a.example,IP:127.0.0.1".
    Context server(const std::string& names) const {
        const Key key = makeKey();
        return contextOf(issue(key.get(), "server", names, false).get(), key.get());
    }
    /// A server whose certificate nobody but itself vouches for.
    static Context selfSigned(const std::string& names) {
        const TestCa nobody;
        const Key key = makeKey();
        return contextOf(nobody.issue(key.get(), "server", names, false).get(), key.get());
    }

private:
    struct KeyDeleter {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    };
    struct CertificateDeleter {
        void operator()(X509* certificate) const { X509_free(certificate); }
    };
    using Key = std::unique_ptr<EVP_PKEY, KeyDeleter>;
    using Certificate = std::unique_ptr<X509, CertificateDeleter>;

    static Key makeKey() { return Key(EVP_EC_gen("P-256")); }
    std::filesystem::path file_() const { return folder_ / "ca.pem"; }

    Certificate issue(EVP_PKEY* subjectKey, const char* name, const std::string& names,
                      bool ca) const {
        Certificate made(X509_new());
        X509* x = made.get();
        X509_set_version(x, X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(x), ca ? 1 : 2);
        X509_gmtime_adj(X509_getm_notBefore(x), -3600);
        X509_gmtime_adj(X509_getm_notAfter(x), 3600);
        X509_set_pubkey(x, subjectKey);
        const auto* text = reinterpret_cast<const unsigned char*>(name);
        X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, text, -1, -1, 0);
        X509_set_issuer_name(x, X509_get_subject_name(ca ? x : certificate_.get()));
        const auto extend = [&](int nid, const std::string& value) {
            X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
            X509_add_ext(x, extension, -1);
            X509_EXTENSION_free(extension);
        };
        extend(NID_basic_constraints, ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
        if (!names.empty()) extend(NID_subject_alt_name, names);
        X509_sign(x, key_.get(), EVP_sha256());
        return made;
    }
    static Context contextOf(X509* certificate, EVP_PKEY* key) {
        Context context(SSL_CTX_new(TLS_server_method()));
        SSL_CTX_use_certificate(context.get(), certificate);
        SSL_CTX_use_PrivateKey(context.get(), key);
        return context;
    }

    std::filesystem::path folder_;
    Key key_ = makeKey();
    Certificate certificate_;
};

}  // namespace trusthub::test
